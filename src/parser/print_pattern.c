// Patterns and types as source.
#include "parser/print.h"

// ── Patterns ────────────────────────────────────────────────────────────────────────────────────────────────────
static void print_alternative(Printer *printer, const AstNode *node) {
  bool is_group = node->kind == AST_PAT_OR || node->kind == AST_PAT_TYPE;
  if (is_group) text_char(printer->out, '(');
  print_pattern(printer, node);
  if (is_group) text_char(printer->out, ')');
}

static void print_bind(Printer *printer, const AstNode *node) {
  print_name(printer, node->pat_bind.name);
  if (!node->pat_bind.pattern) return;
  print_text(printer, " @ ");
  print_alternative(printer, node->pat_bind.pattern);
}

static void print_pattern_range(Printer *printer, const AstNode *node) {
  if (node->pat_range.start) print_expr(printer, node->pat_range.start);
  print_text(printer, node->pat_range.is_inclusive ? "..=" : "..");
  if (node->pat_range.end) print_expr(printer, node->pat_range.end);
}

// Inside a variant `name: Type` would be a named field.
static void print_variant_arg(Printer *printer, const AstNode *node) {
  bool is_type = node->kind == AST_PAT_TYPE;
  if (is_type) text_char(printer->out, '(');
  print_pattern(printer, node);
  if (is_type) text_char(printer->out, ')');
}

static void print_variant_pattern(Printer *printer, const AstNode *node) {
  print_expr(printer, node->pat_variant.variant);
  if (node->pat_variant.has_args) print_group(printer, node->pat_variant.args, "(", ")", "", print_variant_arg);
}

static void print_tuple_pattern(Printer *printer, const AstList *patterns) {
  bool is_one = AST_LIST_COUNT(patterns) == 1;
  print_group(printer, patterns, "(", is_one ? ",)" : ")", "", print_pattern);
}

static void print_record_pattern(Printer *printer, const AstNode *node) {
  if (node->pat_record.type) {
    print_expr(printer, node->pat_record.type);
    text_char(printer->out, ' ');
  }
  print_group(printer, node->pat_record.fields, "{", "}", " ", print_pattern);
}

static void print_field_pattern(Printer *printer, const AstNode *node) {
  print_name(printer, node->pat_field.name);
  if (!node->pat_field.pattern) return;
  print_text(printer, ": ");
  print_variant_arg(printer, node->pat_field.pattern);
}

static void print_type_pattern(Printer *printer, const AstNode *node) {
  print_name(printer, node->pat_type.name);
  print_text(printer, ": ");
  bool is_open = node->pat_type.type->kind == AST_TYPE_UNION || node->pat_type.type->kind == AST_TYPE_INTERSECTION ||
                 node->pat_type.type->kind == AST_TYPE_IMPL;
  if (is_open) text_char(printer->out, '(');
  print_type(printer, node->pat_type.type);
  if (is_open) text_char(printer->out, ')');
}

void print_pattern(Printer *printer, const AstNode *node) {
  if (node->kind == AST_PAT_WILDCARD) text_char(printer->out, '_');
  else if (node->kind == AST_PAT_BIND) print_bind(printer, node);
  else if (node->kind == AST_PAT_VALUE) print_expr(printer, node->pat_value.value);
  else if (node->kind == AST_PAT_RANGE) print_pattern_range(printer, node);
  else if (node->kind == AST_PAT_OR) print_commas(printer, node->pat_or.patterns, " | ", print_alternative);
  else if (node->kind == AST_PAT_VARIANT) print_variant_pattern(printer, node);
  else if (node->kind == AST_PAT_TUPLE) print_tuple_pattern(printer, node->pat_tuple.patterns);
  else if (node->kind == AST_PAT_LIST) print_group(printer, node->pat_list.patterns, "[", "]", "", print_pattern);
  else if (node->kind == AST_PAT_RECORD) print_record_pattern(printer, node);
  else if (node->kind == AST_PAT_FIELD) print_field_pattern(printer, node);
  else if (node->kind == AST_PAT_TYPE) print_type_pattern(printer, node);
  else if (node->kind == AST_PAT_REGEX) print_literal(printer, node);
  else if (node->kind == AST_PAT_REST) {
    print_text(printer, "...");
    print_name(printer, node->pat_rest.name);
  } else print_node(printer, node);
}

// ── Types ───────────────────────────────────────────────────────────────────────────────────────────────────────
// A type that takes part in a larger one: unions and the like stand in parentheses there.
static void print_type_part(Printer *printer, const AstNode *node) {
  bool is_open = node->kind == AST_TYPE_UNION || node->kind == AST_TYPE_INTERSECTION || node->kind == AST_TYPE_IMPL;
  if (is_open) text_char(printer->out, '(');
  print_type(printer, node);
  if (is_open) text_char(printer->out, ')');
}

static void print_union_part(Printer *printer, const AstNode *node) {
  if (node->kind == AST_TYPE_INTERSECTION) print_type(printer, node);
  else print_type_part(printer, node);
}

void print_type_args(Printer *printer, const AstList *args) { print_angles(printer, args, print_type); }

void print_bounds(Printer *printer, const AstList *bounds) { print_commas(printer, bounds, " + ", print_type); }

static void print_type_name(Printer *printer, const AstNode *node) {
  if (node->type_name.scope) {
    print_type(printer, node->type_name.scope);
    print_text(printer, "::");
  }
  print_name(printer, node->type_name.name);
  print_type_args(printer, node->type_name.args);
}

static void print_type_fn(Printer *printer, const AstNode *node) {
  print_group(printer, node->type_fn.params, "Fn(", ")", "", print_type);
  if (!node->type_fn.result) return;
  print_text(printer, ": ");
  print_type_part(printer, node->type_fn.result);
}

static void print_type_borrow(Printer *printer, const AstNode *node) {
  print_text(printer, node->type_borrow.is_mutable ? "&mut " : "&");
  bool doubled = !node->type_borrow.is_mutable && node->type_borrow.inner->kind == AST_TYPE_BORROW;
  if (doubled) text_char(printer->out, ' ');
  print_type_part(printer, node->type_borrow.inner);
}

static void print_type_array(Printer *printer, const AstNode *node) {
  text_char(printer->out, '[');
  print_type(printer, node->type_array.element);
  print_text(printer, "; ");
  print_expr(printer, node->type_array.count);
  text_char(printer->out, ']');
}

static void print_record_field(Printer *printer, const AstNode *node) {
  print_name(printer, node->field_decl.name);
  print_text(printer, ": ");
  print_type(printer, node->field_decl.type);
}

void print_type(Printer *printer, const AstNode *node) {
  if (node->kind == AST_TYPE_NAME) print_type_name(printer, node);
  else if (node->kind == AST_TYPE_FN) print_type_fn(printer, node);
  else if (node->kind == AST_TYPE_BORROW) print_type_borrow(printer, node);
  else if (node->kind == AST_TYPE_TUPLE) {
    bool is_one = AST_LIST_COUNT(node->type_tuple.elements) == 1;
    print_group(printer, node->type_tuple.elements, "(", is_one ? ",)" : ")", "", print_type);
  } else if (node->kind == AST_TYPE_RECORD)
    print_group(printer, node->type_record.fields, "{", "}", " ", print_record_field);
  else if (node->kind == AST_TYPE_ARRAY) print_type_array(printer, node);
  else if (node->kind == AST_TYPE_UNION) print_commas(printer, node->type_union.types, " | ", print_union_part);
  else if (node->kind == AST_TYPE_INTERSECTION)
    print_commas(printer, node->type_intersection.types, " & ", print_type_part);
  else if (node->kind == AST_TYPE_NEVER) text_char(printer->out, '!');
  else if (node->kind == AST_TYPE_IMPL) {
    print_text(printer, "impl ");
    print_bounds(printer, node->type_impl.bounds);
  } else print_node(printer, node);
}
