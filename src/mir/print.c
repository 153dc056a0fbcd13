// MIR as text. The grammar that parse.c reads back is in README.md; one module prints to one text, whatever the
// addresses and type numbers were.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "intrinsics/intrinsics.h"
#include "mir/mir.h"

typedef struct Printer {
  Text *out;
  const Interner *names;
  const MirFunction *function;
} Printer;

// ── Names and types ─────────────────────────────────────────────────────────────────────────────────────────────
static bool is_word(const char *text, uint32_t size) {
  for (uint32_t i = 0; i < size; i++) {
    char c = text[i];
    bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    if (!is_letter && !(i && c >= '0' && c <= '9')) return false;
  }
  return size > 0;
}

static void print_quoted(Printer *p, Name name) {
  text_char(p->out, '"');
  text_escaped(p->out, name_text(p->names, name), name_size(p->names, name));
  text_char(p->out, '"');
}

static void print_name(Printer *p, Name name) {
  if (is_word(name_text(p->names, name), name_size(p->names, name))) text_append(p->out, name_text(p->names, name));
  else print_quoted(p, name);
}

static void print_symbol(Printer *p, Name name) {
  text_char(p->out, '@');
  print_name(p, name);
}

static void print_type(Printer *p, const MirType *type) { mir_type_print(p->out, p->names, type); }

static void print_field(Printer *p, const MirField *field) {
  if (field->name) {
    print_name(p, field->name);
    text_append(p->out, ": ");
  }
  print_type(p, field->type);
}

static void print_fields(Printer *p, const MirField *fields, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    if (i) text_append(p->out, ", ");
    print_field(p, &fields[i]);
  }
}

static void print_variant(Printer *p, const MirVariant *variant) {
  print_name(p, variant->name);
  if (variant->field_count) {
    text_char(p->out, '(');
    print_fields(p, variant->fields, variant->field_count);
    text_char(p->out, ')');
  }
  text_printf(p->out, " = %lld", (long long)variant->tag);
}

static void print_parts(Printer *p, const MirType *type) {
  text_append(p->out, " { ");
  if (type->kind == MIR_TYPE_ENUM) {
    for (uint32_t i = 0; i < type->enum_.variant_count; i++) {
      if (i) text_append(p->out, ", ");
      print_variant(p, &type->enum_.variants[i]);
    }
  } else {
    print_fields(p, type->fields.fields, type->fields.field_count);
  }
  text_append(p->out, " }");
}

static void print_glue(Printer *p, const char *word, const MirFunction *function) {
  if (!function) return;
  text_printf(p->out, " %s ", word);
  print_symbol(p, function->symbol);
}

static void print_glues(Printer *p, const MirType *type) {
  print_glue(p, "drop", type->user_drop);
  print_glue(p, "release", type->release_glue);
  print_glue(p, "retain", type->retain_glue);
  print_glue(p, "send", type->user_cross);
  print_glue(p, "cross", type->cross_glue);
  if (type->is_shared) text_append(p->out, " shared");
  if (type->is_actor) text_append(p->out, " actor");
  if (type->is_bound) text_append(p->out, " bound");
}

static void print_nominal(Printer *p, const MirType *type) {
  text_append(p->out, "type ");
  print_quoted(p, type->name);
  text_printf(p->out, " = %s", mir_type_kind_text(type->kind));
  print_parts(p, type);
  print_glues(p, type);
  text_char(p->out, '\n');
}

static void print_numbered_fn(Printer *p, const MirType *type) {
  text_append(p->out, "type ");
  print_type(p, type);
  text_append(p->out, " = ");
  mir_type_print_signature(p->out, p->names, type);
  text_char(p->out, '\n');
}

// Arrays have no name of their own, so their glue gets a line of its own.
static void print_array_glue(Printer *p, const MirType *type) {
  if (!type->release_glue && !type->retain_glue && !type->cross_glue) return;
  text_append(p->out, "glue ");
  print_type(p, type);
  print_glues(p, type);
  text_char(p->out, '\n');
}

// ── Places and operands ─────────────────────────────────────────────────────────────────────────────────────────
static void print_projection(Printer *p, const MirProjection *projection) {
  switch (projection->kind) {
    case MIR_PROJECT_FIELD: text_printf(p->out, ".%u", projection->index); return;
    case MIR_PROJECT_VARIANT: text_printf(p->out, "#%u.%u", projection->variant, projection->index); return;
    case MIR_PROJECT_DEREF: text_append(p->out, ".*"); return;
    case MIR_PROJECT_INDEX: text_printf(p->out, "[_%u]", projection->index); return;
  }
}

static void print_place(Printer *p, const MirPlace *place) {
  if (place->global) print_symbol(p, place->global->symbol);
  else text_printf(p->out, "_%u", place->local);
  for (uint32_t i = 0; i < place->projection_count; i++) print_projection(p, &place->projections[i]);
}

static void print_of_type(Printer *p, const MirType *type) {
  text_char(p->out, ':');
  print_type(p, type);
}

static void print_int(Printer *p, const MirOperand *operand) {
  if (operand->type->kind == MIR_TYPE_BOOL) {
    text_append(p->out, operand->bits ? "true" : "false");
    return;
  }
  uint32_t unused = 64 - mir_type_bits(operand->type);
  if (mir_type_is_signed(operand->type)) {
    text_printf(p->out, "%lld", (long long)((int64_t)(operand->bits << unused) >> unused));
  } else {
    text_printf(p->out, "%llu", (unsigned long long)operand->bits);
  }
  print_of_type(p, operand->type);
}

// The shortest decimal that reads back as the same number; NaNs by their bits.
static void print_float(Printer *p, const MirOperand *operand) {
  char text[40];
  if (isnan(operand->number)) {
    uint64_t bits;
    memcpy(&bits, &operand->number, sizeof bits);
    snprintf(text, sizeof text, "nan 0x%llx", (unsigned long long)bits);
  } else {
    for (int digits = 15; digits <= 17; digits++) {
      snprintf(text, sizeof text, "%.*g", digits, operand->number);
      if (strtod(text, NULL) == operand->number) break;
    }
  }
  text_append(p->out, text);
  print_of_type(p, operand->type);
}

static void print_operand(Printer *p, const MirOperand *operand) {
  switch (operand->kind) {
    case MIR_OPERAND_COPY: print_place(p, &operand->place); return;
    case MIR_OPERAND_MOVE:
      text_append(p->out, "move ");
      print_place(p, &operand->place);
      return;
    case MIR_OPERAND_INT: print_int(p, operand); return;
    case MIR_OPERAND_FLOAT: print_float(p, operand); return;
    case MIR_OPERAND_STRING: print_quoted(p, operand->text); return;
    case MIR_OPERAND_FUNCTION:
      text_append(p->out, "fn ");
      print_symbol(p, operand->function->symbol);
      print_of_type(p, operand->type);
      return;
    case MIR_OPERAND_GLOBAL:
      text_char(p->out, '&');
      print_symbol(p, operand->global->symbol);
      print_of_type(p, operand->type);
      return;
    case MIR_OPERAND_ZERO:
      text_append(p->out, "zero");
      print_of_type(p, operand->type);
      return;
  }
}

static void print_operands(Printer *p, const MirStmt *stmt) {
  for (uint32_t i = 0; i < stmt->operand_count; i++) {
    if (i) text_append(p->out, ", ");
    print_operand(p, &stmt->operands[i]);
  }
}

// ── Statements ──────────────────────────────────────────────────────────────────────────────────────────────────
static void print_flags(Printer *p, const MirStmt *stmt) {
#define MIR_LOCAL_WORD(KIND, text)
#define MIR_FLAG_WORD(FLAG, text) \
  if (stmt->flags & MIR_##FLAG) text_append(p->out, " " text);
#define MIR_ATTRIBUTE(field, text)
#include "mir/mir_words.def"
}

// What stands between the op and its operands: callee, type, variant, intrinsic.
static void print_details(Printer *p, const MirStmt *stmt) {
  if (stmt->op == MIR_OP_VARIANT || stmt->op == MIR_OP_OPTION_UNWRAP) text_printf(p->out, " #%u", stmt->variant);
  if (stmt->op == MIR_OP_INTRINSIC) text_printf(p->out, " %s", intrinsic_info((IntrinsicId)stmt->intrinsic)->name);
  if (stmt->callee) {
    text_char(p->out, ' ');
    print_symbol(p, stmt->callee->symbol);
  }
  if (stmt->type) {
    text_append(p->out, " <");
    print_type(p, stmt->type);
    text_char(p->out, '>');
  }
}

static void print_targets(Printer *p, const MirStmt *stmt) {
  if (stmt->target_count) text_append(p->out, " -> ");
  for (uint32_t i = 0; i < stmt->target_count; i++) {
    if (i) text_append(p->out, ", ");
    bool is_default = i + 1 == stmt->target_count;
    if (stmt->op == MIR_OP_SWITCH && !is_default) text_printf(p->out, "%lld: ", (long long)stmt->cases[i]);
    if (stmt->op == MIR_OP_SWITCH && is_default) text_append(p->out, "else: ");
    text_printf(p->out, "bb%u", stmt->targets[i]);
  }
}

static void print_stmt(Printer *p, const MirStmt *stmt) {
  const MirOpInfo *info = mir_op_info(stmt->op);
  if (stmt->dest.type) {
    print_place(p, &stmt->dest);
    text_append(p->out, " = ");
  }
  text_append(p->out, info->text);
  print_flags(p, stmt);
  print_details(p, stmt);
  if (info->shape == MIR_SHAPE_MANY) text_append(p->out, " (");
  else if (stmt->operand_count) text_char(p->out, ' ');
  print_operands(p, stmt);
  if (info->shape == MIR_SHAPE_MANY) text_char(p->out, ')');
  print_targets(p, stmt);
  if (stmt->unwind != MIR_NO_BLOCK) text_printf(p->out, " unwind bb%u", stmt->unwind);
}

static void print_block(Printer *p, MirBlockId id) {
  const MirBlock *block = p->function->blocks.data[id];
  bool follows_locals = p->function->locals.size > p->function->param_count + 1;
  text_printf(p->out, "%s  bb%u%s:\n", id || follows_locals ? "\n" : "", id, block->is_cleanup ? " cleanup" : "");
  for (uint32_t i = 0; i < block->stmts.size; i++) {
    text_append(p->out, "    ");
    print_stmt(p, &block->stmts.data[i]);
    text_char(p->out, '\n');
  }
}

// ── Functions, globals, module ──────────────────────────────────────────────────────────────────────────────────
static void print_local(Printer *p, MirLocalId id) {
  const MirLocal *local = &p->function->locals.data[id];
  text_printf(p->out, "_%u", id);
  if (local->name) {
    text_char(p->out, ' ');
    print_name(p, local->name);
  }
  text_append(p->out, local->is_owned ? ": owned " : ": ");
  print_type(p, local->type);
}

static void print_head(Printer *p) {
  const MirFunction *function = p->function;
  text_append(p->out, function->blocks.size ? "fn " : "declare ");
  print_symbol(p, function->symbol);
  if (function->display != function->symbol) {
    text_append(p->out, " as ");
    print_name(p, function->display);
  }
  text_char(p->out, '(');
  for (MirLocalId i = 1; i <= function->param_count; i++) {
    if (i > 1) text_append(p->out, ", ");
    print_local(p, i);
  }
  text_append(p->out, ") -> ");
  print_type(p, function->result);
#define MIR_LOCAL_WORD(KIND, text)
#define MIR_FLAG_WORD(FLAG, text)
#define MIR_ATTRIBUTE(field, text) \
  if (function->field) text_append(p->out, " " text);
#include "mir/mir_words.def"
  if (function->is_variadic) text_printf(p->out, " variadic %u", function->fixed_params);
}

static const char *local_word(MirLocalKind kind) {
  switch (kind) {
#define MIR_LOCAL_WORD(KIND, text) \
  case MIR_LOCAL_##KIND: return text;
#define MIR_FLAG_WORD(FLAG, text)
#define MIR_ATTRIBUTE(field, text)
#include "mir/mir_words.def"
    case MIR_LOCAL_RETURN:
    case MIR_LOCAL_PARAM: break;
  }
  return "";
}

void mir_print_function(Text *out, const MirModule *module, const MirFunction *function) {
  Printer p = {out, module->context->names, function};
  print_head(&p);
  if (!function->blocks.size) {
    text_char(out, '\n');
    return;
  }
  text_append(out, " {\n");
  for (MirLocalId i = function->param_count + 1; i < function->locals.size; i++) {
    text_printf(out, "  %s ", local_word(function->locals.data[i].kind));
    print_local(&p, i);
    text_char(out, '\n');
  }
  for (MirBlockId i = 0; i < function->blocks.size; i++) print_block(&p, i);
  text_append(out, "}\n");
}

static void print_global(Printer *p, const MirGlobal *global) {
  text_append(p->out, "global ");
  print_symbol(p, global->symbol);
  if (global->display != global->symbol) {
    text_append(p->out, " as ");
    print_name(p, global->display);
  }
  text_append(p->out, ": ");
  print_type(p, global->type);
  text_append(p->out, " = ");
  print_operand(p, &global->initial);
  text_char(p->out, '\n');
}

// Functions of functions come first, each behind those in it: a name stands for what was read before.
static void print_types(Printer *p, const MirTypeTable *types) {
  for (uint32_t i = 0; i < types->all.size; i++)
    if (types->all.data[i]->kind == MIR_TYPE_FN && types->all.data[i]->fn.number)
      print_numbered_fn(p, types->all.data[i]);
  for (uint32_t i = 0; i < types->all.size; i++)
    if (mir_type_kind_is_nominal(types->all.data[i]->kind)) print_nominal(p, types->all.data[i]);
  for (uint32_t i = 0; i < types->all.size; i++)
    if (types->all.data[i]->kind == MIR_TYPE_ARRAY) print_array_glue(p, types->all.data[i]);
}

static void print_role(Printer *p, const char *word, const MirFunction *function) {
  if (!function) return;
  text_printf(p->out, "%s ", word);
  print_symbol(p, function->symbol);
  text_char(p->out, '\n');
}

void mir_print_module(Text *out, const MirModule *module) {
  Printer p = {out, module->context->names, NULL};
  print_types(&p, &module->types);
  for (uint32_t i = 0; i < module->globals.size; i++) print_global(&p, module->globals.data[i]);
  print_role(&p, "main", module->main);
  print_role(&p, "init", module->init);
  print_role(&p, "deinit", module->deinit);
  for (uint32_t i = 0; i < module->functions.size; i++) {
    const MirFunction *function = module->functions.data[i];
    bool follows_body = i && module->functions.data[i - 1]->blocks.size;
    if (out->size && (function->blocks.size || i == 0 || follows_body)) text_char(out, '\n');
    mir_print_function(out, module, function);
  }
}
