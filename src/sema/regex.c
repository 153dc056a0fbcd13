// Regular expressions: literals, `=~` and patterns are calls of std/regex, which is part of every program that has one.
#include "sema/internal.h"

void regex_load(Sema *sema) {
  if (!sema->expansions.has_regex) return;
  const Source *source = sema->options->load(sema->options->load_data, NULL, "regex");
  if (source) sema->regex = module_load(sema, source, false);
  else diag_report(sema->context->diags, QZ0200, (Span){0, 0}, "the library's regex is not found");
}

static const Symbol *library_symbol(const Checker *checker, const char *name) {
  const Sema *sema = checker->sema;
  const Symbol *symbol = map_get(&sema->regex->symbols, name_from(sema->context->names, name));
  assert(symbol && "std/regex lacks a name that the compiler uses");
  return symbol;
}

static void want_function(Checker *checker, Instance **slot, const char *name, Span span) {
  Function *function = library_symbol(checker, name)->function;
  decl_signature(checker->sema, function);
  want_instance(checker, slot, function, fresh_args(checker, 0, span), span);
}

Type *regex_type(Checker *checker) {
  return type_nominal(checker->types, TYPE_STRUCT, library_symbol(checker, "Regex")->type, NULL, 0);
}

// The lowering supplies both arguments: the word of the literal, and its text.
Type *check_regex(Checker *checker, AstNode *node) {
  CallInfo *call = arena_new(checker->arena, CallInfo);
  call->arg_count = 2;
  call->args = arena_array(checker->arena, AstNode *, 2);
  info_new(checker, node, INFO_CALL)->call = call;
  want_function(checker, &call->instance, "regex_literal", node->span);
  return regex_type(checker);
}

void regex_match(Checker *checker, AstNode *node) {
  CallInfo *call = arena_new(checker->arena, CallInfo);
  call->arg_count = 2;
  call->args = arena_array(checker->arena, AstNode *, 2);
  call->args[0] = node->binary.left;
  call->args[1] = node->binary.right;
  info_new(checker, node, INFO_CALL)->call = call;
  want_function(checker, &call->instance, "regex_matches", node->span);
}

// Without named groups it is enough to know whether the pattern matches.
void check_regex_groups(Checker *checker, AstNode *pattern, bool is_mutable) {
  SemaInfo *info = info_new(checker, pattern, INFO_REGEX);
  RegexPatternInfo *regex = info->regex = arena_new(checker->arena, RegexPatternInfo);
  bool has_groups = AST_LIST_COUNT(pattern->pat_regex.groups);
  want_function(checker, &regex->literal, "regex_literal", pattern->span);
  want_function(checker, &regex->match, has_groups ? "regex_captures" : "regex_matches", pattern->span);
  if (!has_groups) return;
  Type *text = basic(checker, TYPE_STRING), *texts = type_named(checker->sema, NAME_Vec, &text, 1);
  want_method(checker, &regex->groups.at, texts, NAME_op_index, pattern->span);
  info->index = variant_find(checker, type_named(checker->sema, NAME_Option, &texts, 1), NAME_Some)->index;
  for (AST_EACH(group, pattern->pat_regex.groups)) check_pattern(checker, group, text, is_mutable);
}
