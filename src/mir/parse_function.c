// Text to MIR, inside functions: locals, blocks, statements, places and operands. Locals and blocks stand in the order
// of their numbers. Targets may lie ahead, so they are checked at the function's end; whether types fit their op is
// mir_check's business.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "intrinsics/intrinsics.h"
#include "mir/parse.h"

typedef VEC(MirOperand) OperandList;

// ── Places ──────────────────────────────────────────────────────────────────────────────────────────────────────
static MirLocalId parse_local(MirParser *p) {
  uint32_t number = 0;
  if (!mir_parse_at_numbered(p, "_", &number)) mir_parse_expected(p, "a local");
  else if (number >= p->function->locals.size) mir_parse_expected(p, "a declared local");
  mir_parse_advance(p);
  return p->failed ? MIR_RETURN_LOCAL : number;
}

static MirPlace parse_dot(MirParser *p, MirPlace base) {
  const MirType *type = base.type;
  if (mir_parse_take_punct(p, '*')) {
    if ((type->kind == MIR_TYPE_PTR || type->kind == MIR_TYPE_REF) && type->ptr.to)
      return mir_place_deref(p->module, base);
    mir_parse_fail(p, "`.*` needs a pointer to a known type");
  } else if (type->kind == MIR_TYPE_OBJECT || type->kind == MIR_TYPE_STRUCT) {
    uint32_t index = (uint32_t)mir_parse_number(p, type->fields.field_count);
    if (!p->failed) return mir_place_field(p->module, base, index);
  } else {
    mir_parse_fail(p, "a field needs a struct or an object");
  }
  return base;
}

static MirPlace parse_payload(MirParser *p, MirPlace base) {
  if (base.type->kind != MIR_TYPE_ENUM) {
    mir_parse_fail(p, "`#` needs an enum");
    return base;
  }
  uint32_t variant = (uint32_t)mir_parse_number(p, base.type->enum_.variant_count);
  mir_parse_need_punct(p, '.');
  if (p->failed) return base;
  uint32_t index = (uint32_t)mir_parse_number(p, base.type->enum_.variants[variant].field_count);
  return p->failed ? base : mir_place_variant(p->module, base, variant, index);
}

static MirPlace parse_index(MirParser *p, MirPlace base) {
  MirLocalId index = parse_local(p);
  mir_parse_need_punct(p, ']');
  if (base.type->kind != MIR_TYPE_ARRAY) mir_parse_fail(p, "`[` needs an array");
  return p->failed ? base : mir_place_index(p->module, base, index);
}

static MirPlace parse_projections(MirParser *p, MirPlace place) {
  while (!p->failed) {
    if (mir_parse_take_punct(p, '.')) place = parse_dot(p, place);
    else if (mir_parse_take_punct(p, '#')) place = parse_payload(p, place);
    else if (mir_parse_take_punct(p, '[')) place = parse_index(p, place);
    else break;
  }
  return place;
}

static bool at_place(const MirParser *p) {
  uint32_t number;
  return mir_parse_at_punct(p, '@') || mir_parse_at_numbered(p, "_", &number);
}

static MirPlace parse_place(MirParser *p) {
  MirPlace nowhere = mir_place_local(p->function, MIR_RETURN_LOCAL);
  if (!mir_parse_at_punct(p, '@')) return parse_projections(p, mir_place_local(p->function, parse_local(p)));
  MirGlobal *global = mir_parse_global_name(p);
  if (global && !global->type) mir_parse_fail(p, "the global's line must come before this");
  return p->failed ? nowhere : parse_projections(p, mir_place_global(global));
}

// ── Constants ───────────────────────────────────────────────────────────────────────────────────────────────────
static MirType *parse_constant_type(MirParser *p) {
  mir_parse_need_punct(p, ':');
  MirType *type = mir_parse_value_type(p);
  return type ? type : p->module->types.basic[MIR_TYPE_VOID];
}

// The bits of a decimal or 0x number that must fit the integer type.
static uint64_t integer_bits(MirParser *p, const char *text, const MirType *type) {
  char *end;
  errno = 0;
  bool is_negative = text[0] == '-';
  uint64_t bits = is_negative ? (uint64_t)strtoll(text, &end, 0) : strtoull(text, &end, 0);
  uint32_t unused = 64 - mir_type_bits(type);
  bool is_signed = mir_type_is_signed(type);
  bool fits = is_signed ? (int64_t)(bits << unused) >> unused == (int64_t)bits && (is_negative || (int64_t)bits >= 0)
                        : !is_negative && bits << unused >> unused == bits;
  if (errno || *end || !fits) mir_parse_fail(p, "%s is no value of the type", text);
  return bits;
}

static MirOperand parse_number_constant(MirParser *p) {
  const char *text = mir_parse_token_text(p);
  mir_parse_advance(p);
  MirType *type = parse_constant_type(p);
  if (p->failed) return mir_zero(type);
  if (mir_type_is_float(type)) return mir_float(type, strtod(text, NULL));
  if (mir_type_is_integer(type) || type->kind == MIR_TYPE_CHAR) return mir_int(type, integer_bits(p, text, type));
  mir_parse_fail(p, "a number needs a type of numbers");
  return mir_zero(type);
}

static MirOperand parse_special_float(MirParser *p) {
  uint64_t bits = 0;
  bool is_nan = mir_parse_take_word(p, "nan");
  const char *text = mir_parse_token_text(p);
  if (is_nan && p->token.kind != MIR_TOKEN_NUMBER) mir_parse_expected(p, "the bits of the NaN");
  mir_parse_advance(p);
  MirType *type = parse_constant_type(p);
  if (!p->failed && !mir_type_is_float(type)) mir_parse_fail(p, "the constant needs a float type");
  MirOperand operand = {.kind = MIR_OPERAND_FLOAT, .type = type, .number = strtod(text, NULL)};
  if (!is_nan) return operand;
  bits = strtoull(text, NULL, 0);
  memcpy(&operand.number, &bits, sizeof bits);
  if (operand.number == operand.number) mir_parse_fail(p, "the bits are those of a number");
  return operand;
}

static MirOperand parse_function_constant(MirParser *p) {
  MirOperand operand = {.kind = MIR_OPERAND_FUNCTION, .function = mir_parse_function_name(p)};
  operand.type = parse_constant_type(p);
  return operand;
}

static MirOperand parse_global_constant(MirParser *p) {
  MirOperand operand = {.kind = MIR_OPERAND_GLOBAL, .global = mir_parse_global_name(p)};
  operand.type = parse_constant_type(p);
  return operand;
}

bool mir_parse_at_constant(const MirParser *p) {
  static const char *const words[] = {"true", "false", "zero", "fn", "nan", "inf", "-inf"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (mir_parse_at_word(p, words[i])) return true;
  return p->token.kind == MIR_TOKEN_NUMBER || p->token.kind == MIR_TOKEN_QUOTED || mir_parse_at_punct(p, '&');
}

MirOperand mir_parse_constant(MirParser *p) {
  MirType *bool_type = p->module->types.basic[MIR_TYPE_BOOL];
  if (p->token.kind == MIR_TOKEN_NUMBER) return parse_number_constant(p);
  if (p->token.kind == MIR_TOKEN_QUOTED) return mir_string(p->module, mir_parse_name(p));
  if (mir_parse_take_punct(p, '&')) return parse_global_constant(p);
  if (mir_parse_take_word(p, "true")) return mir_int(bool_type, 1);
  if (mir_parse_take_word(p, "false")) return mir_int(bool_type, 0);
  if (mir_parse_take_word(p, "fn")) return parse_function_constant(p);
  if (mir_parse_take_word(p, "zero")) return mir_zero(parse_constant_type(p));
  return parse_special_float(p);
}

static MirOperand parse_operand(MirParser *p) {
  if (mir_parse_at_constant(p)) return mir_parse_constant(p);
  if (mir_parse_take_word(p, "move")) return mir_move(parse_place(p));
  if (at_place(p)) return mir_copy(parse_place(p));
  mir_parse_expected(p, "an operand");
  return mir_zero(p->module->types.basic[MIR_TYPE_VOID]);
}

// ── Statements ──────────────────────────────────────────────────────────────────────────────────────────────────
static MirOp parse_op(MirParser *p) {
  for (int op = 0; op < MIR_OP_COUNT; op++)
    if (mir_parse_take_word(p, mir_op_info((MirOp)op)->text)) return (MirOp)op;
  mir_parse_expected(p, "an operation");
  return MIR_OP_UNREACHABLE;
}

static uint16_t parse_flags(MirParser *p) {
  uint16_t flags = 0;
#define MIR_LOCAL_WORD(KIND, text)
#define MIR_FLAG_WORD(FLAG, text) \
  if (mir_parse_take_word(p, text)) flags |= MIR_##FLAG;
#define MIR_ATTRIBUTE(field, text)
#include "mir/mir_words.def"
  return flags;
}

static void parse_intrinsic_name(MirParser *p, MirStmt *stmt) {
  stmt->intrinsic =
      p->token.kind == MIR_TOKEN_WORD ? intrinsic_find(name_text(p->lexer.names, p->token.name)) : INTRINSIC_NONE;
  if (stmt->intrinsic == INTRINSIC_NONE) mir_parse_expected(p, "the name of an intrinsic");
  mir_parse_advance(p);
}

static void parse_details(MirParser *p, MirStmt *stmt) {
  if (stmt->op == MIR_OP_VARIANT || stmt->op == MIR_OP_OPTION_UNWRAP) {
    mir_parse_need_punct(p, '#');
    stmt->variant = (uint16_t)mir_parse_number(p, UINT16_MAX + 1);
  }
  if (stmt->op == MIR_OP_INTRINSIC) parse_intrinsic_name(p, stmt);
  if (stmt->op == MIR_OP_CALL || stmt->op == MIR_OP_CLOSURE) stmt->callee = mir_parse_function_name(p);
  if (mir_parse_take_punct(p, '<')) {
    stmt->type = mir_parse_type(p);
    mir_parse_need_punct(p, '>');
  }
}

static OperandList parse_operand_list(MirParser *p) {
  OperandList operands = {0};
  mir_parse_need_punct(p, '(');
  while (!p->failed && !mir_parse_at_punct(p, ')')) {
    if (operands.size) mir_parse_need_punct(p, ',');
    MirOperand operand = parse_operand(p);
    vec_push(p->module->arena, &operands, operand);
  }
  mir_parse_need_punct(p, ')');
  return operands;
}

static OperandList parse_operands(MirParser *p, MirOp op) {
  if (mir_op_info(op)->shape == MIR_SHAPE_MANY) return parse_operand_list(p);
  OperandList operands = {0};
  while (!p->failed && (mir_parse_at_constant(p) || mir_parse_at_word(p, "move") || at_place(p))) {
    MirOperand operand = parse_operand(p);
    vec_push(p->module->arena, &operands, operand);
    if (!mir_parse_take_punct(p, ',')) break;
  }
  return operands;
}

static MirBlockId parse_block_name(MirParser *p) {
  uint32_t number = 0;
  if (!mir_parse_at_numbered(p, "bb", &number)) mir_parse_expected(p, "a block");
  mir_parse_advance(p);
  return number;
}

// `-> bb1, bb2`, or for a switch `-> 0: bb1, 5: bb2, else: bb3`.
static void parse_targets(MirParser *p, MirStmt *stmt) {
  VEC(MirBlockId) targets = {0};
  VEC(int64_t) cases = {0};
  bool is_last = false;
  do {
    if (stmt->op == MIR_OP_SWITCH) {
      is_last = mir_parse_take_word(p, "else");
      if (!is_last) {
        int64_t value = mir_parse_signed(p);
        vec_push(p->module->arena, &cases, value);
      }
      mir_parse_need_punct(p, ':');
    }
    MirBlockId target = parse_block_name(p);
    vec_push(p->module->arena, &targets, target);
  } while (!is_last && !p->failed && mir_parse_take_punct(p, ','));
  if (stmt->op == MIR_OP_SWITCH && !is_last) mir_parse_expected(p, "`else`");
  stmt->targets = targets.data;
  stmt->target_count = targets.size;
  stmt->cases = cases.data;
}

static MirStmt parse_stmt(MirParser *p) {
  MirStmt stmt = {.unwind = MIR_NO_BLOCK, .span = {0}};
  if (at_place(p)) {
    stmt.dest = parse_place(p);
    mir_parse_need_punct(p, '=');
  }
  stmt.op = parse_op(p);
  stmt.flags = parse_flags(p);
  parse_details(p, &stmt);
  OperandList operands = parse_operands(p, stmt.op);
  stmt.operands = operands.data;
  stmt.operand_count = operands.size;
  if (p->token.kind == MIR_TOKEN_ARROW) {
    mir_parse_advance(p);
    parse_targets(p, &stmt);
  }
  if (mir_parse_take_word(p, "unwind")) stmt.unwind = parse_block_name(p);
  return stmt;
}

// ── Functions ───────────────────────────────────────────────────────────────────────────────────────────────────
static void parse_local_line(MirParser *p, MirLocalKind kind) {
  MirFunction *function = p->function;
  uint32_t number;
  if (!mir_parse_at_numbered(p, "_", &number) || number != function->locals.size) {
    mir_parse_fail(p, "expected local _%u, found `%s`", function->locals.size, mir_parse_token_text(p));
    return;
  }
  mir_parse_advance(p);
  Name name = mir_parse_at_punct(p, ':') ? NAME_NONE : mir_parse_name(p);
  mir_parse_need_punct(p, ':');
  bool is_owned = mir_parse_take_word(p, "owned");
  MirType *type = mir_parse_value_type(p);
  if (!type) return;
  MirLocalId id = mir_local_new(p->module, function, kind, type, name, (Span){0});
  function->locals.data[id].is_owned = is_owned;
}

static bool parse_local_lines(MirParser *p) {
#define MIR_LOCAL_WORD(KIND, text)         \
  if (mir_parse_take_word(p, text)) {      \
    parse_local_line(p, MIR_LOCAL_##KIND); \
    return true;                           \
  }
#define MIR_FLAG_WORD(FLAG, text)
#define MIR_ATTRIBUTE(field, text)
#include "mir/mir_words.def"
  return false;
}

static bool at_block_label(MirParser *p) {
  uint32_t number;
  return mir_parse_at_numbered(p, "bb", &number);
}

static void parse_block(MirParser *p) {
  uint32_t expected = p->function->blocks.size;
  MirToken label = p->token;
  if (parse_block_name(p) != expected) {
    p->token = p->failed ? p->token : label;
    mir_parse_fail(p, "expected bb%u: blocks stand in the order of their numbers", expected);
  }
  MirBlockId id = mir_block_new(p->module, p->function);
  MirBlock *block = p->function->blocks.data[id];
  block->is_cleanup = mir_parse_take_word(p, "cleanup");
  mir_parse_need_punct(p, ':');
  while (!p->failed && !mir_parse_at_punct(p, '}') && !at_block_label(p)) {
    MirStmt stmt = parse_stmt(p);
    vec_push(p->module->arena, &block->stmts, stmt);
  }
}

static void check_targets(MirParser *p, const MirStmt *stmt) {
  uint32_t count = p->function->blocks.size;
  for (uint32_t i = 0; i < stmt->target_count; i++)
    if (stmt->targets[i] >= count)
      mir_parse_fail(p, "the function above names bb%u and has no such block", stmt->targets[i]);
  if (stmt->unwind != MIR_NO_BLOCK && stmt->unwind >= count)
    mir_parse_fail(p, "the function above names bb%u and has no such block", stmt->unwind);
}

void mir_parse_body(MirParser *p) {
  mir_parse_need_punct(p, '{');
  while (!p->failed && parse_local_lines(p)) continue;
  while (!p->failed && at_block_label(p)) parse_block(p);
  mir_parse_need_punct(p, '}');
  if (!p->function->blocks.size) mir_parse_fail(p, "a function has at least one block; one without is a `declare`");
  for (uint32_t i = 0; i < p->function->blocks.size; i++) {
    const MirBlock *block = p->function->blocks.data[i];
    for (uint32_t s = 0; s < block->stmts.size; s++) check_targets(p, &block->stmts.data[s]);
  }
}
