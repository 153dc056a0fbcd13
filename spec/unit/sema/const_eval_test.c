// Constant evaluation of expressions written in Quartz; types are set by hand.
#include <math.h>

#include "parser/parser.h"
#include "sema/const_eval.h"
#include "spec/unit/sema/support.h"

static Global limit;  // what LIMIT stands for

static int set_up_limit(void **state) {
  limit = (Global){.is_const = true, .constant = {.kind = CONST_INT, .integer = 40}};
  return set_up(state);
}

static AstNode *parse(Unit *unit, const char *text) {
  Text source = {.arena = &unit->front.arena};
  text_printf(&source, "const X = %s\n", text);
  AstNode *module = parse_module(&unit->front.context, source_add(&unit->front.arena, &unit->front.sources, "c.qz",
                                                                  text_str(&source), source.size));
  assert_int_equal(unit->front.diags.items.size, 0);
  return module->module.decls->items[0]->const_.value;
}

static Type *type_called(Unit *unit, Name name) {
  for (int kind = 0; kind < TYPE_KIND_COUNT; kind++) {
    Type *type = basic(unit, (TypeKind)kind);
    if (type && strcmp(type_text(&unit->front.context, type), name_text(&unit->front.names, name)) == 0) return type;
  }
  return NULL;
}

// Every node gets `type`; below comparisons and conversions stand Ints, or what the literals say.
static void set_types(Unit *unit, AstNode *node, Type *type);

static Type *natural(Unit *unit, const AstNode *node) {
  if (node->kind == AST_CAST) return type_called(unit, node->cast.type->type_name.name);
  if (node->kind == AST_UNARY) return natural(unit, node->unary.operand);
  if (node->kind == AST_BINARY && node->binary.op < AST_OP_EQ) return natural(unit, node->binary.left);
  TypeKind kind = node->kind == AST_FLOAT_LIT ? TYPE_F64 : node->kind == AST_STRING_LIT ? TYPE_STRING
                : node->kind == AST_CHAR_LIT ? TYPE_CHAR : node->kind == AST_BOOL_LIT ? TYPE_BOOL : TYPE_INT;
  return basic(unit, kind);
}

typedef struct Typing {
  Unit *unit;
  Type *type;
} Typing;

static void set_child(AstNode *child, void *data) { set_types(((Typing *)data)->unit, child, ((Typing *)data)->type); }
static void set_natural(AstNode *child, void *data) { set_types(data, child, natural(data, child)); }

static void set_types(Unit *unit, AstNode *node, Type *type) {
  node->type = type;
  if (node->kind == AST_IDENT && strcmp(name_text(&unit->front.names, node->ident.name), "LIMIT") == 0) {
    node->info = arena_new(&unit->front.arena, SemaInfo);
    node->info->kind = INFO_GLOBAL;
    node->info->global = &limit;
  }
  bool is_natural = node->kind == AST_CAST || node->kind == AST_INTERPOLATION || node->kind == AST_IF ||
                    (node->kind == AST_BINARY && node->binary.op >= AST_OP_EQ && node->binary.op <= AST_OP_GE);
  if (is_natural) ast_children(node, set_natural, unit);
  else ast_children(node, set_child, &(Typing){unit, type});
}

static const char *shown(Unit *unit, const ConstValue *value, const Type *type) {
  Text out = {.arena = &unit->front.arena};
  switch (value->kind) {
    case CONST_NONE: text_append(&out, "none"); break;
    case CONST_INT: text_printf(&out, type->kind == TYPE_U64 ? "%llu" : "%lld", (long long)value->integer); break;
    case CONST_FLOAT: text_printf(&out, "%.17g", value->number); break;
    case CONST_STRING: text_append(&out, name_text(&unit->front.names, value->text)); break;
    case CONST_BOOL: text_append(&out, value->integer ? "true" : "false"); break;
    case CONST_CHAR: const_append_char(&out, (uint32_t)value->integer); break;
    case CONST_SYMBOL: text_printf(&out, ":%s", name_text(&unit->front.names, value->text)); break;
  }
  return text_str(&out);
}

static void expect(Unit *unit, TypeKind kind, const char *text, const char *wanted) {
  AstNode *node = parse(unit, text);
  ConstValue value;
  set_types(unit, node, basic(unit, kind));
  bool is_known = const_eval(&unit->program, node, &value);
  assert_int_equal(unit->front.diags.items.size, 0);
  assert_string_equal(is_known ? shown(unit, &value, basic(unit, kind)) : "unknown", wanted);
}

static void expect_failure(Unit *unit, TypeKind kind, const char *text, uint32_t column, const char *message) {
  AstNode *node = parse(unit, text);
  ConstValue value;
  set_types(unit, node, basic(unit, kind));
  assert_false(const_eval(&unit->program, node, &value));
  assert_int_equal(unit->front.diags.items.size, 1);
  const Diag *diag = unit->front.diags.items.data[0];
  assert_int_equal(diag->id, QZ0126);
  assert_string_equal(diag->message, message);
  assert_int_equal(source_locate(&unit->front.sources, diag->span.start).column, column);
  unit->front.diags.items.size = 0;
}

// ── Integers ────────────────────────────────────────────────────────────────────────────────────────────────────
static void arithmetic(void **state) {
  Unit *unit = *state;
  expect(unit, TYPE_INT, "2 + 3 * 4 - -1", "15");
  expect(unit, TYPE_INT, "-7 / 2", "-3");
  expect(unit, TYPE_INT, "-7 % 2", "-1");
  expect(unit, TYPE_INT, "2 ** 62", "4611686018427387904");
  expect(unit, TYPE_INT, "-1 ** 3", "-1");
  expect(unit, TYPE_INT, "0xFF & 0x0F | 0x30 ^ 1", "63");
  expect(unit, TYPE_INT, "~0", "-1");
  expect(unit, TYPE_U8, "~1", "254");
  expect(unit, TYPE_INT, "LIMIT + 2", "42");
}

static void limits_of_each_type(void **state) {
  Unit *unit = *state;
  expect(unit, TYPE_INT, "-9223372036854775808", "-9223372036854775808");
  expect(unit, TYPE_I8, "-128", "-128");
  expect(unit, TYPE_U64, "18446744073709551615", "18446744073709551615");
  expect(unit, TYPE_U64, "18446744073709551614 + 1", "18446744073709551615");
  expect(unit, TYPE_U8, "200 + 55", "255");
  expect(unit, TYPE_U8, "300", "unknown");  // the literal's own message comes from elsewhere
}

static void overflow_is_reported_at_the_operator(void **state) {
  Unit *unit = *state;
  expect_failure(unit, TYPE_U8, "200 + 56", 15, "the result does not fit U8: 200 + 56");
  expect_failure(unit, TYPE_INT, "9223372036854775807 + 1", 31, "the result does not fit Int: 9223372036854775807 + 1");
  expect_failure(unit, TYPE_U64, "18446744073709551615 * 18446744073709551615", 32,
                 "the result does not fit U64: 18446744073709551615 * 18446744073709551615");
  expect_failure(unit, TYPE_U32, "1 + (2 - 3)", 18, "the result does not fit U32: 2 - 3");
  expect_failure(unit, TYPE_I8, "-128 / -1", 16, "the result does not fit I8: -128 / -1");
  expect_failure(unit, TYPE_I8, "-(-128)", 11, "the result does not fit I8: -(-128)");
  expect_failure(unit, TYPE_INT, "10 ** 19", 14, "the result does not fit Int: 10 ** 19");
}

static void what_would_panic(void **state) {
  Unit *unit = *state;
  expect_failure(unit, TYPE_INT, "1 / (2 - 2)", 13, "division by zero: 1 / 0");
  expect_failure(unit, TYPE_INT, "1 % 0", 13, "division by zero: 1 % 0");
  expect_failure(unit, TYPE_U8, "1 << 8", 13, "the shift is not within the width: 1 << 8");
  expect_failure(unit, TYPE_INT, "1 >> -1", 13, "the shift is not within the width: 1 >> -1");
  expect_failure(unit, TYPE_INT, "2 ** -1", 13, "an integer has no negative power: 2 ** -1");
}

static void shifts_and_wrapping(void **state) {
  Unit *unit = *state;
  expect(unit, TYPE_U8, "255 << 4", "240");
  expect(unit, TYPE_I8, "1 << 7", "-128");
  expect(unit, TYPE_I8, "-128 >> 3", "-16");
  expect(unit, TYPE_U64, "18446744073709551615 >> 63", "1");
  expect(unit, TYPE_U64, "18446744073709551615 << 63", "9223372036854775808");
  expect(unit, TYPE_U8, "200 &+ 100", "44");
  expect(unit, TYPE_U8, "0 &- 1", "255");
  expect(unit, TYPE_INT, "9223372036854775807 &* 2", "-2");
  expect(unit, TYPE_U64, "18446744073709551615 &* 18446744073709551615", "1");
}

// ── Other types ─────────────────────────────────────────────────────────────────────────────────────────────────
static void floats(void **state) {
  Unit *unit = *state;
  expect(unit, TYPE_F64, "1.5 * 2.0 + 1", "4");
  expect(unit, TYPE_F64, "-0.1", "-0.10000000000000001");
  expect(unit, TYPE_F32, "0.1 + 0.2", "0.30000001192092896");
  expect(unit, TYPE_F64, "1.0 / 0.0", "inf");
  expect(unit, TYPE_BOOL, "0.1 + 0.2 == 0.3", "false");
  expect(unit, TYPE_F64, "2.0 ** 0.5", "unknown");
}

static void comparisons_and_logic(void **state) {
  Unit *unit = *state;
  expect(unit, TYPE_BOOL, "1 < 2", "true");
  expect(unit, TYPE_BOOL, "'a' >= 'b'", "false");
  expect(unit, TYPE_BOOL, "not (2 == 2)", "false");
  expect(unit, TYPE_BOOL, "true and 1 != 1 or true", "true");
  expect(unit, TYPE_BOOL, "false and f()", "false");  // the right side is never asked
  expect(unit, TYPE_BOOL, "f() and false", "unknown");
  expect(unit, TYPE_BOOL, "\"ab\" < \"abc\"", "true");
  expect(unit, TYPE_BOOL, "true == false", "false");
}

static void strings(void **state) {
  Unit *unit = *state;
  expect(unit, TYPE_STRING, "\"a\" + \"b\" + \"c\"", "abc");
  expect(unit, TYPE_STRING, "\"v#{1 + 1}.#{'x'}#{true}#{\"!\"}\"", "v2.xtrue!");
  expect(unit, TYPE_STRING, "\"#{1.5}\"", "unknown");
  expect(unit, TYPE_SYMBOL, ":name", ":name");
}

static void conversions(void **state) {
  Unit *unit = *state;
  expect(unit, TYPE_U8, "300 as U8", "44");
  expect(unit, TYPE_I8, "200 as I8", "-56");
  expect(unit, TYPE_INT, "3.99 as Int", "3");
  expect(unit, TYPE_U8, "(-5.0) as U8", "0");
  expect(unit, TYPE_INT, "1.0e300 as Int", "9223372036854775807");
  expect(unit, TYPE_INT, "(0.0 / 0.0) as Int", "0");
  expect(unit, TYPE_F64, "3 as F64", "3");
  expect(unit, TYPE_INT, "'A' as Int", "65");
  expect(unit, TYPE_INT, "true as Int", "1");
  expect(unit, TYPE_CHAR, "955 as Char", "λ");
  expect(unit, TYPE_CHAR, "0xD800 as Char", "unknown");
  expect(unit, TYPE_U64, "(0 - 1) as U64", "18446744073709551615");
}

static void choices(void **state) {
  Unit *unit = *state;
  expect(unit, TYPE_INT, "if 1 < 2 then 10 else 20 end", "10");
  expect(unit, TYPE_INT, "unless true then 10 else 20 end", "20");
  expect(unit, TYPE_INT, "do 7 end", "7");
}

static void what_is_not_constant(void **state) {
  Unit *unit = *state;
  expect(unit, TYPE_INT, "f()", "unknown");
  expect(unit, TYPE_INT, "x + 1", "unknown");
  expect(unit, TYPE_INT, "[1][0]", "unknown");
  limit.is_const = false;
  expect(unit, TYPE_INT, "LIMIT", "unknown");
}

// ── Before types are known ──────────────────────────────────────────────────────────────────────────────────────
static bool look_up(void *data, AstNode *name, ConstValue *out) {
  Unit *unit = data;
  if (name->kind != AST_IDENT || strcmp(name_text(&unit->front.names, name->ident.name), "N") != 0) return false;
  *out = (ConstValue){.kind = CONST_INT, .integer = 6};
  return true;
}

static void array_counts(void **state) {
  Unit *unit = *state;
  ConstValue value;
  assert_true(const_eval_untyped(&unit->front.context, parse(unit, "N * 2 + 1"), look_up, unit, &value));
  assert_int_equal(value.integer, 13);
  assert_false(const_eval_untyped(&unit->front.context, parse(unit, "M"), look_up, unit, &value));
  assert_int_equal(unit->front.diags.items.size, 0);
  assert_false(const_eval_untyped(&unit->front.context, parse(unit, "9223372036854775807 + N"), look_up, unit, &value));
  assert_int_equal(unit->front.diags.items.size, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_limit, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(arithmetic), TEST(limits_of_each_type), TEST(overflow_is_reported_at_the_operator), TEST(what_would_panic),
      TEST(shifts_and_wrapping), TEST(floats), TEST(comparisons_and_logic), TEST(strings), TEST(conversions),
      TEST(choices), TEST(what_is_not_constant), TEST(array_counts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
