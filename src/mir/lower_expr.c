// Expressions: one arm a kind of node. Also literals, operators and the conversions that a consumer may want.
#include "mir/lower_internal.h"

// ── Constants ───────────────────────────────────────────────────────────────────────────────────────────────────
MirOperand lower_literal(LowerFn *fn, Type *type, uint64_t bits) {
  MirType *lowered = lower_type(fn->lowering, type);
  if (mir_type_is_float(lowered)) return mir_float(lowered, (double)bits);
  return mir_int(lowered, bits);
}

MirOperand lower_constant(LowerFn *fn, const ConstValue *constant, Type *type, Span span) {
  switch (constant->kind) {
    case CONST_INT: case CONST_BOOL: case CONST_CHAR:
      if (type_is_float(type)) return mir_float(lower_type(fn->lowering, type), (double)constant->integer);
      return mir_int(lower_type(fn->lowering, type), (uint64_t)constant->integer);
    case CONST_FLOAT: return mir_float(lower_type(fn->lowering, type), constant->number);
    case CONST_STRING: return mir_string(fn->module, constant->text);
    case CONST_SYMBOL: return lower_symbol_value(fn, constant->text);
    case CONST_NONE: break;
  }
  lower_unexpected(fn->lowering, span, "constant without a value");
}

// ── Operators ───────────────────────────────────────────────────────────────────────────────────────────────────
typedef struct Operator {
  bool is_binary, is_comparison;
  MirOp integer, floating;
} Operator;

// The MIR of each primitive operator; comparisons are the same for all scalars.
static const Operator operators[AST_OP_COUNT] = {
    [AST_OP_ADD] = {true, false, MIR_OP_ADD, MIR_OP_FADD},
    [AST_OP_SUB] = {true, false, MIR_OP_SUB, MIR_OP_FSUB},
    [AST_OP_MUL] = {true, false, MIR_OP_MUL, MIR_OP_FMUL},
    [AST_OP_DIV] = {true, false, MIR_OP_DIV, MIR_OP_FDIV},
    [AST_OP_MOD] = {true, false, MIR_OP_REM, MIR_OP_FREM},
    [AST_OP_WRAP_ADD] = {true, false, MIR_OP_WRAP_ADD, MIR_OP_COUNT},
    [AST_OP_WRAP_SUB] = {true, false, MIR_OP_WRAP_SUB, MIR_OP_COUNT},
    [AST_OP_WRAP_MUL] = {true, false, MIR_OP_WRAP_MUL, MIR_OP_COUNT},
    [AST_OP_BIT_AND] = {true, false, MIR_OP_BIT_AND, MIR_OP_COUNT},
    [AST_OP_BIT_OR] = {true, false, MIR_OP_BIT_OR, MIR_OP_COUNT},
    [AST_OP_BIT_XOR] = {true, false, MIR_OP_BIT_XOR, MIR_OP_COUNT},
    [AST_OP_SHL] = {true, false, MIR_OP_SHL, MIR_OP_COUNT},
    [AST_OP_SHR] = {true, false, MIR_OP_SHR, MIR_OP_COUNT},
    [AST_OP_EQ] = {true, true, MIR_OP_EQ, MIR_OP_EQ},
    [AST_OP_NE] = {true, true, MIR_OP_NE, MIR_OP_NE},
    [AST_OP_LT] = {true, true, MIR_OP_LT, MIR_OP_LT},
    [AST_OP_LE] = {true, true, MIR_OP_LE, MIR_OP_LE},
    [AST_OP_GT] = {true, true, MIR_OP_GT, MIR_OP_GT},
    [AST_OP_GE] = {true, true, MIR_OP_GE, MIR_OP_GE},
    [AST_OP_NEG] = {false, false, MIR_OP_NEG, MIR_OP_FNEG},
    [AST_OP_NOT] = {false, false, MIR_OP_NOT, MIR_OP_COUNT},
    [AST_OP_BIT_NOT] = {false, false, MIR_OP_BIT_NOT, MIR_OP_COUNT},
};

static MirOp operator_of(const LowerFn *fn, AstOp op, const MirType *type, bool is_binary, Span span) {
  MirOp found = mir_type_is_float(type) ? operators[op].floating : operators[op].integer;
  if (found == MIR_OP_USE || found == MIR_OP_COUNT || operators[op].is_binary != is_binary)
    lower_unexpected(fn->lowering, span, ast_op_text(op));
  return found;
}

Type *lower_right_type(const LowerFn *fn, AstOp op, Type *operand_type) {
  return op == AST_OP_SHL || op == AST_OP_SHR ? fn->lowering->program->types.basic[TYPE_INT] : operand_type;
}

MirOperand lower_arithmetic(LowerFn *fn, AstOp op, Type *operand_type, MirOperand a, MirOperand b, Span span) {
  MirType *type = lower_type(fn->lowering, operand_type);
  MirType *result = operators[op].is_comparison ? lower_basic(fn, MIR_TYPE_BOOL) : type;
  return lower_binary(fn, operator_of(fn, op, type, true, span), result, a, b, span);
}

static MirOperand lower_binary_node(LowerFn *fn, AstNode *node) {
  AstOp op = node->binary.op;
  if (op == AST_OP_AND || op == AST_OP_OR) return lower_logical(fn, node);
  if (node->info->kind == INFO_CALL) return lower_call(fn, node->info->call, NULL, node->span);
  Type *type = node->info->operand_type;
  MirOperand operands[2];
  lower_operands(fn, (AstNode *[]){node->binary.left, node->binary.right},
                 (Type *[]){type, lower_right_type(fn, op, type)}, NULL, 2, false, operands);
  return lower_arithmetic(fn, op, type, operands[0], operands[1], node->span);
}

// `-128i8` is a literal: negating 128i8 would overflow.
static MirOperand lower_negation(LowerFn *fn, AstNode *node, Type *type) {
  AstNode *operand = node->unary.operand;
  if (operand->kind == AST_INT_LIT && type_is_integer(type)) return lower_literal(fn, type, 0 - operand->int_lit.value);
  MirType *lowered = lower_type(fn->lowering, type);
  MirOperand value = lower_expr(fn, operand, type);
  return lower_unary(fn, operator_of(fn, AST_OP_NEG, lowered, false, node->span), lowered, value, node->span);
}

static MirOperand lower_unary_node(LowerFn *fn, AstNode *node) {
  AstOp op = node->unary.op;
  if (op == AST_OP_BORROW || op == AST_OP_BORROW_MUT) return lower_address(fn, node->unary.operand);
  if (node->info->kind == INFO_CALL) return lower_call(fn, node->info->call, NULL, node->span);
  Type *type = node->info->operand_type;
  if (op == AST_OP_NEG) return lower_negation(fn, node, type);
  MirType *lowered = lower_type(fn->lowering, type);
  MirOperand value = lower_expr(fn, node->unary.operand, type);
  return lower_unary(fn, operator_of(fn, op, lowered, false, node->span), lowered, value, node->span);
}

static MirOperand code_address(LowerFn *fn, const AstNode *function, MirType *to) {
  return (MirOperand){
      .kind = MIR_OPERAND_FUNCTION, .type = to, .function = lower_instance(fn->lowering, function->info->instance)};
}

static MirOperand lower_cast(LowerFn *fn, AstNode *node) {
  MirType *to = lower_type(fn->lowering, node->type);
  if (node->cast.operand->type->kind == TYPE_FN && to->kind == MIR_TYPE_PTR)
    return code_address(fn, node->cast.operand, to);
  MirOperand value = lower_expr(fn, node->cast.operand, lower_strip(node->cast.operand->type));
  if (value.type->kind == MIR_TYPE_ENUM && to->kind != MIR_TYPE_ENUM) {
    MirPlace place = lower_materialise(fn, value, node->span).place;
    value = lower_unary(fn, MIR_OP_TAG, lower_basic(fn, MIR_TYPE_I64), mir_copy(place), node->span);
  }
  return value.type == to ? value : lower_unary(fn, MIR_OP_CAST, to, value, node->span);
}

// ── Names and fields ────────────────────────────────────────────────────────────────────────────────────────────
static MirOperand lower_global_value(LowerFn *fn, AstNode *node) {
  const Global *global = node->info->global;
  if (!global->is_const) return lower_read(fn, lower_place(fn, node, false), node->span);
  if (global->constant.kind != CONST_NONE) return lower_constant(fn, &global->constant, global->type, node->span);
  return lower_expr(fn, global->value, global->type);
}

// A variant without payload; else the function that makes the variant or newtype.
static MirOperand lower_constructor(LowerFn *fn, AstNode *node) {
  if (node->type->kind != TYPE_FN) return lower_variant(fn, node->type, node->info->index, NULL, 0, node->span);
  MirOperand value = {.kind = MIR_OPERAND_FUNCTION, .type = lower_type(fn->lowering, node->type)};
  value.function = lower_constructor_thunk(fn->lowering, node->type->fn.result, node->info->index);
  return value;
}

static MirOperand lower_field(LowerFn *fn, AstNode *node) {
  if (node->info->is_tag)
    return lower_unary(fn, MIR_OP_TAG, lower_basic(fn, MIR_TYPE_I64), lower_peek(fn, node->field.object), node->span);
  LowerPlace place = lower_place(fn, node, false);
  return lower_is_stored(node->type) ? lower_read(fn, place, node->span) : mir_zero(place.place.type);
}

// IDENT, PATH, FIELD and whatever else may name a thing.
static MirOperand lower_name(LowerFn *fn, AstNode *node) {
  if (!node->info) lower_unexpected(fn->lowering, node->span, ast_kind_info(node->kind)->name);
  switch (node->info->kind) {
    case INFO_LOCAL:
      if (!lower_is_stored(node->info->local->type)) return mir_zero(lower_type(fn->lowering, node->type));
      if (node->type->kind == TYPE_BORROW) return lower_address(fn, node);
      return lower_read(fn, lower_place(fn, node, false), node->span);
    case INFO_GLOBAL: return lower_global_value(fn, node);
    case INFO_FUNCTION: return lower_function_value(fn, node->info->instance, node->type);
    case INFO_VARIANT: case INFO_NEWTYPE: return lower_constructor(fn, node);
    case INFO_CALL: return lower_call(fn, node->info->call, NULL, node->span);
    case INFO_FIELD: return lower_field(fn, node);
    case INFO_TYPE: case INFO_OPERATOR: case INFO_ASSIGN: case INFO_STRUCT: case INFO_RECORD: case INFO_LAMBDA:
    case INFO_LOOP: case INFO_SEQUENCE: case INFO_LIST: case INFO_REGEX: case INFO_EQUAL:
    case INFO_UNWRAP: case INFO_TRY: break;
  }
  lower_unexpected(fn->lowering, node->span, "name without a value");
}

static MirOperand lower_index(LowerFn *fn, AstNode *node) {
  bool is_call = node->info && node->info->kind == INFO_CALL && !node->info->is_place;
  if (is_call) return lower_call(fn, node->info->call, NULL, node->span);
  return lower_read(fn, lower_place(fn, node, false), node->span);
}

// `a |> f(b)`: the call's arguments include a.
static MirOperand lower_pipe(LowerFn *fn, AstNode *node) {
  if (node->info && node->info->kind == INFO_CALL) return lower_call(fn, node->info->call, NULL, node->span);
  return lower_value(fn, node->pipe.call);
}

static MirOperand lower_intrinsic_node(LowerFn *fn, AstNode *node) {
  if (node->info->kind == INFO_UNWRAP) return lower_unwrap(fn, node);
  if (node->info->kind == INFO_TRY) return lower_try(fn, node);
  return lower_name(fn, node);
}

// b"…": a call of the library with the literal as a string, which the lowering supplies.
static MirOperand lower_bytes(LowerFn *fn, AstNode *node) {
  if (!node->info || node->info->kind != INFO_CALL)
    lower_unexpected(fn->lowering, node->span, "bytes literal without a function to make it");
  MirOperand text = mir_string(fn->module, node->bytes_lit.text);
  return lower_call(fn, node->info->call, &text, node->span);
}

// ~r"…" is a call too; the word is where the library keeps what it made of this text.
MirOperand lower_regex(LowerFn *fn, Instance *literal, Name text, Span span) {
  MirOperand word = {.kind = MIR_OPERAND_GLOBAL, .type = lower_type(fn->lowering, literal->params[0]->type),
                     .global = lower_regex_word(fn->lowering, text)};
  MirOperand args[] = {word, mir_string(fn->module, text)};
  return lower_invoke(fn, literal, args, 2, span);
}

static MirOperand lower_nil(LowerFn *fn, AstNode *node) {
  if (node->info && node->info->kind == INFO_VARIANT) return lower_constructor(fn, node);
  return mir_zero(lower_type(fn->lowering, node->type));
}

static MirOperand effect(LowerFn *fn, void lower(LowerFn *, AstNode *), AstNode *node) {
  lower(fn, node);
  return lower_void(fn);
}

// ── Dispatch ────────────────────────────────────────────────────────────────────────────────────────────────────
// Flat: one line a kind of node.
MirOperand lower_value(LowerFn *fn, AstNode *node) {
  switch (node->kind) {
    case AST_INT_LIT: return lower_literal(fn, node->type, node->int_lit.value);
    case AST_FLOAT_LIT: return mir_float(lower_type(fn->lowering, node->type), node->float_lit.value);
    case AST_CHAR_LIT: return lower_literal(fn, node->type, node->char_lit.value);
    case AST_STRING_LIT: return mir_string(fn->module, node->string_lit.text);
    case AST_SYMBOL_LIT: return lower_symbol_value(fn, node->symbol_lit.name);
    case AST_BOOL_LIT: return lower_bool(fn, node->bool_lit.value);
    case AST_NIL_LIT: return lower_nil(fn, node);
    case AST_INTERPOLATION: return lower_interpolation(fn, node);
    case AST_BYTES_LIT: return lower_bytes(fn, node);
    case AST_REGEX_LIT: return lower_regex(fn, node->info->call->instance, node->regex_lit.text, node->span);
    case AST_IDENT: case AST_PATH: case AST_TYPE_APPLY: case AST_FIELD: case AST_TUPLE_FIELD:
    case AST_CALL: case AST_METHOD_CALL:
      return lower_name(fn, node);
    case AST_UNARY: return lower_unary_node(fn, node);
    case AST_BINARY: return lower_binary_node(fn, node);
    case AST_PIPE: return lower_pipe(fn, node);
    case AST_RANGE: return lower_range(fn, node);
    case AST_CAST: return lower_cast(fn, node);
    case AST_ARG: return lower_value(fn, node->arg.value);
    case AST_INDEX: return lower_index(fn, node);
    case AST_LAMBDA: return lower_lambda(fn, node);
    case AST_BLOCK: return lower_block(fn, node, node->type);
    case AST_IF: return lower_if(fn, node, node->type);
    case AST_MATCH: return lower_match(fn, node, node->type);
    case AST_WHILE: return lower_while(fn, node);
    case AST_LOOP: return lower_loop(fn, node);
    case AST_FOR: return lower_for(fn, node);
    case AST_BREAK: return lower_break(fn, node);
    case AST_CONTINUE: return lower_continue(fn, node);
    case AST_RETURN: return lower_return(fn, node);
    case AST_DEFER: return effect(fn, lower_defer, node);
    case AST_ASSIGN: return lower_assign(fn, node);
    case AST_BINDING: return effect(fn, lower_bind, node);
    case AST_ARRAY_LIT: return lower_array_lit(fn, node);
    case AST_ARRAY_FILL: return lower_array_fill(fn, node);
    case AST_MAP_LIT: return lower_map_lit(fn, node);
    case AST_RECORD_LIT: return lower_record_lit(fn, node);
    case AST_TUPLE: return lower_tuple(fn, node);
    case AST_STRUCT_LIT: return lower_struct_lit(fn, node);
    case AST_COMPREHENSION: return lower_comprehension(fn, node);
    case AST_INTRINSIC: return lower_intrinsic_node(fn, node);
    case AST_MODULE: case AST_IMPORT: case AST_IMPORT_NAME: case AST_PRIVATE_SECTION: case AST_ATTRIBUTE:
    case AST_FUNCTION: case AST_PARAM: case AST_TYPE_PARAM: case AST_WHERE_BOUND: case AST_STRUCT: case AST_FIELD_DECL:
    case AST_PACKED_STRUCT: case AST_BIT_FIELD: case AST_ENUM: case AST_VARIANT: case AST_TRAIT: case AST_IMPL:
    case AST_ACTOR: case AST_TYPE_ALIAS: case AST_NEWTYPE: case AST_CONST: case AST_GLOBAL: case AST_MACRO:
    case AST_DECL_MACRO_CALL: case AST_POISON: case AST_ARM: case AST_SPREAD: case AST_MAP_ENTRY: case AST_FIELD_INIT:
    case AST_MACRO_CALL: case AST_QUOTE: case AST_UNQUOTE: case AST_GO: case AST_AWAIT: case AST_SELECT:
    case AST_SELECT_ARM: case AST_PAT_WILDCARD: case AST_PAT_BIND: case AST_PAT_VALUE: case AST_PAT_RANGE:
    case AST_PAT_OR: case AST_PAT_VARIANT: case AST_PAT_TUPLE: case AST_PAT_LIST: case AST_PAT_REST:
    case AST_PAT_RECORD: case AST_PAT_FIELD: case AST_PAT_TYPE: case AST_PAT_REGEX: case AST_TYPE_NAME:
    case AST_TYPE_FN: case AST_TYPE_BORROW: case AST_TYPE_TUPLE: case AST_TYPE_RECORD: case AST_TYPE_ARRAY:
    case AST_TYPE_UNION: case AST_TYPE_INTERSECTION: case AST_TYPE_NEVER: case AST_TYPE_IMPL: case AST_KIND_COUNT:
      break;
  }
  lower_unexpected(fn->lowering, node->span, ast_kind_info(node->kind)->name);
}

MirOperand lower_expr(LowerFn *fn, AstNode *node, Type *want) {
  if (node->kind == AST_ARG) return lower_expr(fn, node->arg.value, want);
  if (want->kind == TYPE_BORROW && node->type->kind != TYPE_NEVER) return lower_address(fn, node);
  if (node->kind == AST_BLOCK) return lower_block(fn, node, want);
  if (node->kind == AST_IF) return lower_if(fn, node, want);
  if (node->kind == AST_MATCH) return lower_match(fn, node, want);
  if (node->type->kind == TYPE_BORROW && want->kind != TYPE_VOID)
    return lower_coerce(fn, lower_read(fn, lower_place(fn, node, false), node->span), lower_strip(node->type), want,
                        node->span);
  return lower_coerce(fn, lower_value(fn, node), node->type, want, node->span);
}

void lower_statement(LowerFn *fn, AstNode *node) {
  uint32_t mark = fn->cleanups.size;
  lower_expr(fn, node, fn->lowering->program->types.basic[TYPE_VOID]);
  lower_end_temps(fn, mark);
}

// ── Conversions ─────────────────────────────────────────────────────────────────────────────────────────────────
static MirOperand inject(LowerFn *fn, MirOperand value, Type *from, Type *want, Span span) {
  value = lower_owned(fn, value, span);
  return lower_variant(fn, want, lower_member(fn->lowering, want, from, span), &value, 1, span);
}

// A | B to A | B | C: the same member under its number there.
static MirOperand widen_union(LowerFn *fn, MirOperand value, Type *from, Type *want, Span span) {
  LowerPlace subject = lower_materialise(fn, value, span);
  uint32_t count = from->tuple.elements->count;
  MirOperand tag = lower_unary(fn, MIR_OP_TAG, lower_basic(fn, MIR_TYPE_I64), mir_copy(subject.place), span);
  int64_t *cases = arena_array(fn->module->arena, int64_t, count);
  MirBlockId *targets = arena_array(fn->module->arena, MirBlockId, count);
  for (uint32_t i = 0; i < count; i++) {
    cases[i] = i;
    targets[i] = lower_block_new(fn);
  }
  MirBlockId impossible = lower_block_new(fn);
  lower_switch(fn, tag, cases, targets, count, impossible, span);
  lower_start(fn, impossible);
  lower_unreachable(fn, span);
  LowerJoin join = lower_join_new(fn, want, span);
  for (uint32_t i = 0; i < count; i++) {
    lower_start(fn, targets[i]);
    uint32_t mark = fn->cleanups.size;
    MirOperand member = lower_load(fn, mir_place_variant(fn->module, subject.place, i, 0), span);
    lower_join_operand(fn, &join, inject(fn, member, from->tuple.elements->items[i], want, span), span);
    fn->cleanups.size = mark;
  }
  return lower_join_end(fn, &join, span);
}

// The bits of an integer constant as 64-bit two's complement.
static uint64_t extended(MirOperand value) {
  uint32_t unused = 64 - mir_type_bits(value.type);
  return mir_type_is_signed(value.type) ? (uint64_t)((int64_t)(value.bits << unused) >> unused) : value.bits;
}

MirOperand lower_coerce(LowerFn *fn, MirOperand value, Type *from, Type *want, Span span) {
  if (from == want) return value;
  if (want->kind == TYPE_VOID) return lower_void(fn);
  if (from->kind == TYPE_NEVER) return mir_zero(lower_type(fn->lowering, want));
  if (want->kind == TYPE_BORROW)
    return from->kind == TYPE_BORROW ? value : lower_address_of(fn, lower_materialise(fn, value, span), span);
  if (from->kind == TYPE_BORROW) {
    MirPlace pointer = lower_materialise(fn, value, span).place;
    LowerPlace target = {mir_place_deref(fn->module, pointer), PLACE_SHARED};
    return lower_coerce(fn, lower_read(fn, target, span), lower_strip(from), want, span);
  }
  if (from->kind == TYPE_UNION && want->kind == TYPE_UNION) return widen_union(fn, value, from, want, span);
  if (want->kind == TYPE_UNION) return inject(fn, value, from, want, span);
  MirType *to = lower_type(fn->lowering, want);
  if (value.type == to) return value;
  if (value.kind == MIR_OPERAND_INT && mir_type_is_integer(to)) return mir_int(to, extended(value));
  return lower_unary(fn, MIR_OP_CAST, to, value, span);
}

// ── Operands of one consumer ────────────────────────────────────────────────────────────────────────────────────
void lower_operands(LowerFn *fn, AstNode *const *nodes, Type *const *types, const uint32_t *order, uint32_t count,
                    bool owned, MirOperand *out) {
  bool *written_later = arena_array(fn->module->arena, bool, count);
  for (uint32_t n = count; n-- > 1;)
    written_later[n - 1] = written_later[n] || lower_may_write(nodes[order ? order[n] : n]);
  for (uint32_t n = 0; n < count; n++) {
    uint32_t i = order ? order[n] : n;
    out[i] = lower_expr(fn, nodes[i], types[i]);
    if (owned) out[i] = lower_owned(fn, out[i], nodes[i]->span);
    else if (written_later[n]) out[i] = lower_settle(fn, out[i], nodes[i]->span);
  }
}
