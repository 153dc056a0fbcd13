// The match check on patterns written in Quartz. A small elaborator gives them types, so that nothing else of sema and
// no library is needed.
#include "sema/usefulness.h"
#include "parser/parser.h"
#include "sema/const_eval.h"
#include "spec/unit/sema/support.h"

// ── Types ───────────────────────────────────────────────────────────────────────────────────────────────────────
static Name named(Unit *unit, const char *text) { return name_from(&unit->front.names, text); }

static FieldList *fields_of(Unit *unit, Type *const *types, const char *const *names, uint32_t count) {
  FieldList *list = arena_alloc(&unit->front.arena, sizeof(FieldList) + count * sizeof(FieldInfo), alignof(FieldList));
  list->count = count;
  for (uint32_t i = 0; i < count; i++)
    list->items[i] = (FieldInfo){.name = names ? named(unit, names[i]) : NAME_NONE, .type = types[i]};
  return list;
}

static Type *nominal(Unit *unit, TypeKind kind, const char *name, Type *const *args, uint32_t count) {
  TypeDecl *decl = arena_new(&unit->front.arena, TypeDecl);
  *decl = (TypeDecl){.kind = AST_STRUCT, .name = named(unit, name), .param_count = count, .is_resolved = true};
  return type_nominal(&unit->program.types, kind, decl, args, count);
}

static Type *struct_of(Unit *unit, const char *name, Type *const *types, const char *const *names, uint32_t count) {
  Type *type = nominal(unit, TYPE_STRUCT, name, NULL, 0);
  type->fields_cache = fields_of(unit, types, names, count);
  return type;
}

static Type *vec_of(Unit *unit, Type *element) { return nominal(unit, TYPE_STRUCT, "Vec", &element, 1); }

typedef struct Variant {
  const char *name;
  uint32_t count;
  Type *fields[3];
} Variant;

static Type *enum_of(Unit *unit, const char *name, const Variant *variants, uint32_t count) {
  Type *type = nominal(unit, TYPE_ENUM, name, NULL, 0);
  VariantList *list =
      arena_alloc(&unit->front.arena, sizeof(VariantList) + count * sizeof(VariantInfo), alignof(VariantList));
  list->count = count;
  for (uint32_t i = 0; i < count; i++)
    list->items[i] = (VariantInfo){.name = named(unit, variants[i].name), .index = i, .tag = i,
                                   .fields = fields_of(unit, variants[i].fields, NULL, variants[i].count)};
  type->variants_cache = list;
  return type;
}

static Type *option_of(Unit *unit, Type *type) {
  return enum_of(unit, "Option", (Variant[]){{"None", 0, {0}}, {"Some", 1, {type}}}, 2);
}

static Type *result_of(Unit *unit, Type *value, Type *error) {
  return enum_of(unit, "Result", (Variant[]){{"Ok", 1, {value}}, {"Err", 1, {error}}}, 2);
}

// ── Typing patterns ─────────────────────────────────────────────────────────────────────────────────────────────
static SemaInfo *info_for(Unit *unit, AstNode *node, InfoKind kind) {
  node->info = arena_new(&unit->front.arena, SemaInfo);
  node->info->kind = kind;
  return node->info;
}

static void type_pattern(Unit *unit, AstNode *node, Type *type);

static void type_literal(Unit *unit, AstNode *node, Type *type) {
  node->type = type;
  if (node->kind == AST_UNARY) type_literal(unit, node->unary.operand, type);
}

static Type *member_for(Type *type, const AstNode *literal) {
  if (type->kind != TYPE_UNION) return type;
  TypeKind wanted = literal->kind == AST_STRING_LIT ? TYPE_STRING : TYPE_INT;
  for (uint32_t i = 0; i < type->tuple.elements->count; i++)
    if (type->tuple.elements->items[i]->kind == wanted) return type->tuple.elements->items[i];
  return type;
}

static void type_value(Unit *unit, AstNode *node, Type *type) {
  type_literal(unit, node->pat_value.value, member_for(type, node->pat_value.value));
  ConstValue *constant = arena_new(&unit->front.arena, ConstValue);
  assert_true(const_eval(&unit->program, node->pat_value.value, constant));
  info_for(unit, node, INFO_EQUAL)->constant = constant;
}

static void type_list(Unit *unit, AstNode *node, Type *type) {
  Type *element = type->kind == TYPE_ARRAY ? type->array.element : type->nominal.args->items[0];
  for (AST_EACH(part, node->pat_list.patterns))
    if (part->kind != AST_PAT_REST) type_pattern(unit, part, element);
}

static void type_part(Unit *unit, AstNode *part, Type *type) {
  part->type = type;
  if (part->kind != AST_PAT_FIELD) type_pattern(unit, part, type);
  else if (part->pat_field.pattern) type_pattern(unit, part->pat_field.pattern, type);
}

static void type_parts(Unit *unit, AstNode *node, SemaInfo *info, const FieldList *fields, AstList *parts) {
  info->part_count = fields->count;
  info->parts = arena_array(&unit->front.arena, AstNode *, fields->count + 1);
  uint32_t position = 0;
  for (AST_EACH(part, parts)) {
    uint32_t at = position++;
    if (part->kind == AST_PAT_REST) continue;
    if (part->kind == AST_PAT_FIELD)
      for (at = 0; fields->items[at].name != part->pat_field.name;) at++;
    info->parts[at] = part;
    type_part(unit, part, fields->items[at].type);
  }
  (void)node;
}

static void type_variant(Unit *unit, AstNode *node, Type *type) {
  const AstNode *name = node->pat_variant.variant;
  Name wanted = name->kind == AST_PATH ? name->path.name : name->ident.name;
  if (type->kind == TYPE_NEWTYPE) {
    type_parts(unit, node, info_for(unit, node, INFO_RECORD), type->fields_cache, node->pat_variant.args);
    return;
  }
  uint32_t index = 0;
  while (type->variants_cache->items[index].name != wanted) index++;
  SemaInfo *info = info_for(unit, node, INFO_VARIANT);
  info->index = index;
  type_parts(unit, node, info, type->variants_cache->items[index].fields, node->pat_variant.args);
}

static void type_pattern(Unit *unit, AstNode *node, Type *type) {
  node->type = type;
  if (node->kind == AST_PAT_BIND && node->pat_bind.pattern) type_pattern(unit, node->pat_bind.pattern, type);
  if (node->kind == AST_PAT_VALUE) type_value(unit, node, type);
  if (node->kind == AST_PAT_RANGE && node->pat_range.start) type_literal(unit, node->pat_range.start, type);
  if (node->kind == AST_PAT_RANGE && node->pat_range.end) type_literal(unit, node->pat_range.end, type);
  if (node->kind == AST_PAT_VARIANT) type_variant(unit, node, type);
  if (node->kind == AST_PAT_LIST) type_list(unit, node, type);
  if (node->kind == AST_PAT_RECORD)
    type_parts(unit, node, info_for(unit, node, INFO_RECORD),
               type->kind == TYPE_RECORD ? type->record.fields : type->fields_cache, node->pat_record.fields);
  if (node->kind == AST_PAT_OR)
    for (AST_EACH(part, node->pat_or.patterns)) type_pattern(unit, part, type);
  if (node->kind == AST_PAT_TUPLE)
    for (uint32_t i = 0; i < AST_LIST_COUNT(node->pat_tuple.patterns); i++)
      type_pattern(unit, node->pat_tuple.patterns->items[i], type->tuple.elements->items[i]);
  if (node->kind == AST_PAT_TYPE) {
    const char *text = name_text(&unit->front.names, node->pat_type.type->type_name.name);
    for (int kind = 0; kind < TYPE_KIND_COUNT; kind++)
      if (basic(unit, (TypeKind)kind) &&
          strcmp(text, type_text(&unit->front.context, basic(unit, (TypeKind)kind))) == 0)
        node->pat_type.type->type = basic(unit, (TypeKind)kind);
  }
}

// ── Running the check ───────────────────────────────────────────────────────────────────────────────────────────
// `arms` are patterns, one a line. The match starts on line 2, so the first arm is on line 3.
static AstNode *parse_match(Unit *unit, Type *type, const char *arms) {
  Text text = {.arena = &unit->front.arena};
  text_append(&text, "def f()\n  match x\n");
  for (const char *at = arms; *at;) {
    size_t size = strcspn(at, "\n");
    text_printf(&text, "    %.*s => 1\n", (int)size, at);
    at += size + (at[size] == '\n');
  }
  text_append(&text, "  end\nend\n");
  const Source *source = source_add(&unit->front.arena, &unit->front.sources, "m.qz", text_str(&text), text.size);
  AstNode *module = parse_module(&unit->front.context, source);
  assert_int_equal(unit->front.diags.items.size, 0);
  AstNode *match = module->module.decls->items[0]->function.body->block.stmts->items[0];
  match->match.subject->type = type;
  for (AST_EACH(arm, match->match.arms)) type_pattern(unit, arm->arm.pattern, type);
  return match;
}

static const char *line_column(Unit *unit, Span span) {
  Text out = {.arena = &unit->front.arena};
  Location at = source_locate(&unit->front.sources, span.start);
  text_printf(&out, "%u:%u", at.line, at.column);
  return text_str(&out);
}

static const char *messages(Unit *unit) {
  Text out = {.arena = &unit->front.arena};
  for (uint32_t i = 0; i < unit->front.diags.items.size; i++) {
    const Diag *diag = unit->front.diags.items.data[i];
    text_printf(&out, "QZ%04d %s %s\n", (int)diag->id, line_column(unit, diag->span), diag->message);
    for (uint32_t k = 0; k < diag->notes.size; k++)
      text_printf(&out, "  %s %s\n", line_column(unit, diag->notes.data[k].span), diag->notes.data[k].text);
  }
  unit->front.diags.items.size = 0;
  return text_str(&out);
}

static void expect(Unit *unit, Type *type, const char *arms, const char *wanted) {
  sema_match_check(&unit->program, parse_match(unit, type, arms));
  assert_string_equal(messages(unit), wanted);
}

static void expect_missing(Unit *unit, Type *type, const char *arms, const char *missing) {
  Text wanted = {.arena = &unit->front.arena};
  text_printf(&wanted, "QZ0107 2:9 match is not exhaustive: %s not covered\n", missing);
  expect(unit, type, arms, text_str(&wanted));
}

// ── Enums ───────────────────────────────────────────────────────────────────────────────────────────────────────
static void variants_are_counted(void **state) {
  Unit *unit = *state;
  Type *colour =
      enum_of(unit, "Colour", (Variant[]){{"Red", 0, {0}}, {"Green", 0, {0}}, {"Blue", 0, {0}}, {"Grey", 0, {0}}}, 4);
  expect(unit, colour, "Red\nGreen\nBlue\nGrey", "");
  expect(unit, colour, "Red\nother", "");
  expect_missing(unit, colour, "Red\nGreen\nBlue", "`Grey` is");
  expect_missing(unit, colour, "Red\nGreen", "`Blue` and `Grey` are");
  expect_missing(unit, colour, "Red", "`Green`, `Blue` and `Grey` are");
  expect_missing(unit, colour, "", "`Red`, `Green`, `Blue` and others are");
}

static void witnesses_nest(void **state) {
  Unit *unit = *state;
  Type *inner = result_of(unit, basic(unit, TYPE_INT), basic(unit, TYPE_STRING));
  Type *outer = option_of(unit, inner);
  expect_missing(unit, outer, "None\nSome(Ok(_))", "`Some(Err(_))` is");
  expect_missing(unit, outer, "Some(Ok(0))\nSome(Err(\"a\"))\nNone",
                 "`Some(Ok(..=-1))`, `Some(Ok(1..))` and `Some(Err(\"…\"))` are");
  expect_missing(unit, outer, "None", "`Some(_)` is");
  expect(unit, outer, "None\nSome(Ok(n))\nSome(Err(e))", "");
}

static void a_type_without_values_needs_no_arm(void **state) {
  Unit *unit = *state;
  Type *sure = result_of(unit, basic(unit, TYPE_INT), basic(unit, TYPE_NEVER));
  expect(unit, sure, "Ok(n)", "");
  expect(unit, sure, "Ok(n)\nErr(_)", "");
  expect(unit, basic(unit, TYPE_NEVER), "", "");
}

static void enums_that_contain_themselves(void **state) {
  Unit *unit = *state;
  Type *list = nominal(unit, TYPE_ENUM, "List", NULL, 0);
  Type *shape = enum_of(unit, "Shape", (Variant[]){{"End", 0, {0}}, {"Link", 2, {basic(unit, TYPE_BOOL), list}}}, 2);
  list->variants_cache = shape->variants_cache;
  expect(unit, list, "End\nLink(_, End)\nLink(_, Link(_, _))", "");
  expect_missing(unit, list, "End\nLink(true, _)\nLink(_, Link(_, End))",
                 "`Link(false, End)` and `Link(false, Link(_, Link(_, _)))` are");
}

// ── Numbers, characters, booleans ───────────────────────────────────────────────────────────────────────────────
static void booleans(void **state) {
  Unit *unit = *state;
  expect(unit, basic(unit, TYPE_BOOL), "true\nfalse", "");
  expect_missing(unit, basic(unit, TYPE_BOOL), "true", "`false` is");
  expect_missing(unit, basic(unit, TYPE_BOOL), "", "`_` is");
}

static void integers_are_exact(void **state) {
  Unit *unit = *state;
  expect(unit, basic(unit, TYPE_U8), "0..=99\n100..=199\n200..=255", "");
  expect(unit, basic(unit, TYPE_U8), "0..128\n128..", "");
  expect(unit, basic(unit, TYPE_I8), "-128..=-1\n0\n1..=127", "");
  expect_missing(unit, basic(unit, TYPE_U8), "0..=99\n101..=255", "`100` is");
  expect_missing(unit, basic(unit, TYPE_U8), "..=9\n20..=29", "`10..=19` and `30..` are");
  expect_missing(unit, basic(unit, TYPE_INT), "0..=299", "`..=-1` and `300..` are");
  expect_missing(unit, basic(unit, TYPE_INT), "-9223372036854775808..0\n1..=9223372036854775806",
                 "`0` and `9223372036854775807` are");
  expect(unit, basic(unit, TYPE_INT), "-9223372036854775808..=9223372036854775807", "");
  expect_missing(unit, basic(unit, TYPE_U64), "0..=18446744073709551614", "`18446744073709551615` is");
}

static void characters_leave_out_surrogates(void **state) {
  Unit *unit = *state;
  expect(unit, basic(unit, TYPE_CHAR), "'\\u{0}'..='\\u{D7FF}'\n'\\u{E000}'..='\\u{10FFFF}'", "");
  expect_missing(unit, basic(unit, TYPE_CHAR), "..='a'\n'e'..", "`'b'..='d'` is");
}

static void open_types_need_a_wildcard(void **state) {
  Unit *unit = *state;
  expect_missing(unit, basic(unit, TYPE_STRING), "\"a\"\n\"b\"", "`\"…\"` (any other string) is");
  expect_missing(unit, basic(unit, TYPE_F64), "1.0\n2.0..3.0", "`_` is");
  expect(unit, basic(unit, TYPE_STRING), "\"a\"\n_", "");
}

// ── Compound values ─────────────────────────────────────────────────────────────────────────────────────────────
static void tuples(void **state) {
  Unit *unit = *state;
  Type *parts[] = {basic(unit, TYPE_BOOL), option_of(unit, basic(unit, TYPE_INT))};
  Type *pair = type_tuple(&unit->program.types, parts, 2);
  expect(unit, pair, "(true, _)\n(_, None)\n(false, Some(x))", "");
  expect_missing(unit, pair, "(true, Some(_))\n(false, _)", "`(true, None)` is");
  expect_missing(unit, pair, "(true, Some(_))", "`(false, _)` and `(true, None)` are");
}

static void structs_records_and_newtypes(void **state) {
  Unit *unit = *state;
  Type *types[] = {basic(unit, TYPE_INT), basic(unit, TYPE_BOOL)};
  static const char *const names[] = {"x", "on"};
  Type *point = struct_of(unit, "Point", types, names, 2);
  FieldInfo fields[] = {{named(unit, "x"), types[0], NULL}, {named(unit, "on"), types[1], NULL}};
  Type *record = type_record(&unit->program.types, fields, 2);
  Type *metres = nominal(unit, TYPE_NEWTYPE, "Lamp", NULL, 0);
  static const char *const value[] = {"value"};
  metres->fields_cache = fields_of(unit, &types[1], value, 1);
  expect(unit, point, "Point { x, on: true }\nPoint { on: false, ... }", "");
  expect_missing(unit, point, "Point { x: 0, on }\nPoint { on: true }",
                 "`Point { x: ..=-1, on: false }` and `Point { x: 1.., on: false }` are");
  expect_missing(unit, record, "{ on: true }", "`{ on: false, ... }` is");
  expect_missing(unit, metres, "Lamp(true)", "`Lamp(false)` is");
}

static void lists_are_split_by_length(void **state) {
  Unit *unit = *state;
  Type *flags = vec_of(unit, basic(unit, TYPE_BOOL));
  expect(unit, flags, "[]\n[first, ...rest]", "");
  expect(unit, flags, "[]\n[_]\n[_, ..., _]", "");
  expect_missing(unit, flags, "[]\n[_]", "`[_, _, ...]` is");
  expect_missing(unit, flags, "[_]\n[_, _, ...]", "`[]` is");
  expect_missing(unit, flags, "[]\n[true, ...]\n[..., true]", "`[false]` and `[false, ..., false]` are");
  expect_missing(unit, flags, "[_, _]", "`[]`, `[_]` and `[_, _, _, ...]` are");
}

static void arrays_have_one_length(void **state) {
  Unit *unit = *state;
  Type *array = type_array(&unit->program.types, basic(unit, TYPE_BOOL), 2);
  expect(unit, array, "[true, _]\n[false, _]", "");
  expect(unit, array, "[true, ...]\n[..., x]", "");
  expect_missing(unit, array, "[true, ...]\n[_, true]", "`[false, false]` is");
}

static void unions_are_matched_by_type(void **state) {
  Unit *unit = *state;
  Type *members[] = {basic(unit, TYPE_INT), basic(unit, TYPE_STRING), basic(unit, TYPE_BOOL)};
  Type *either = type_union(&unit->program.types, members, 3);
  expect(unit, either, "n: Int\ns: String\nb: Bool", "");
  expect_missing(unit, either, "n: Int\ns: String", "`_: Bool` is");
  expect(unit, either, "0\nn: Int\n\"a\"\ns: String\n_", "");
}

static void borrowed_subjects_are_looked_through(void **state) {
  Unit *unit = *state;
  Type *flag = basic(unit, TYPE_BOOL);
  AstNode *match = parse_match(unit, flag, "true");
  match->match.subject->type = type_borrow(&unit->program.types, flag, false);
  sema_match_check(&unit->program, match);
  assert_string_equal(messages(unit), "QZ0107 2:9 match is not exhaustive: `false` is not covered\n");
}

// ── Guards, names, alternatives ─────────────────────────────────────────────────────────────────────────────────
static void guards_do_not_count(void **state) {
  Unit *unit = *state;
  expect(unit, basic(unit, TYPE_BOOL), "true if a\nfalse\n_", "");
  expect(unit, basic(unit, TYPE_BOOL), "true if a\nfalse",
         "QZ0107 2:9 match is not exhaustive: `true` is not covered\n  0:0 an arm with a guard does not count: its "
         "guard may be false\n");
  expect(unit, basic(unit, TYPE_BOOL), "_ if a\n_ if b\n_", "");
}

static void alternatives_and_names(void **state) {
  Unit *unit = *state;
  Type *digit = option_of(unit, basic(unit, TYPE_U8));
  expect(unit, digit, "None | Some(0 | 1)\nlarge @ Some(2..=255)", "");
  expect_missing(unit, digit, "None | Some(0 | 2)\nlarge @ Some(3..)", "`Some(1)` is");
}

// ── What is never reached ───────────────────────────────────────────────────────────────────────────────────────
static void unreachable_arms(void **state) {
  Unit *unit = *state;
  expect(unit, basic(unit, TYPE_BOOL), "_\ntrue",
         "QZ0108 4:5 this arm is never reached\n  3:5 this pattern matches everything it would\n");
  expect(unit, basic(unit, TYPE_BOOL), "true\nfalse\n_",
         "QZ0108 5:5 this arm is never reached\n  0:0 the patterns before it together match everything it would\n");
  expect(unit, basic(unit, TYPE_U8), "0..=9\n10..\n5..=20 if a",
         "QZ0108 5:5 this arm is never reached\n  0:0 the patterns before it together match everything it would\n");
  expect(unit, basic(unit, TYPE_STRING), "\"a\"\n\"a\"\n_",
         "QZ0108 4:5 this arm is never reached\n  3:5 this pattern matches everything it would\n");
  Type *wrapped = option_of(unit, basic(unit, TYPE_INT));
  expect(unit, wrapped, "Some(n) if a\nSome(3)\nSome(x)\nSome(4) if b\nNone",
         "QZ0108 6:5 this arm is never reached\n  5:5 this pattern matches everything it would\n");
}

static void unreachable_alternatives(void **state) {
  Unit *unit = *state;
  expect(unit, basic(unit, TYPE_U8), "1 | 2 | 1\n_ | 7",
         "QZ0108 3:13 this alternative is never reached\n  3:5 this pattern matches everything it would\n"
         "QZ0108 4:9 this alternative is never reached\n  4:5 this pattern matches everything it would\n");
  Type *wrapped = option_of(unit, basic(unit, TYPE_U8));
  expect(unit, wrapped, "Some(1)\nSome(1 | 2)\n_",
         "QZ0108 4:10 this alternative is never reached\n  0:0 the patterns before it together match everything it "
         "would\n");
}

static void regexes_cover_nothing(void **state) {
  Unit *unit = *state;
  expect_missing(unit, basic(unit, TYPE_STRING), "~r\"a\"\n~r\"b\"", "`\"…\"` (any other string) is");
}

static void a_regex_covers_itself(void **state) {
  Unit *unit = *state;
  expect(unit, basic(unit, TYPE_STRING), "~r\"a\"\n\"a\"\n~r\"a\"\n_",
         "QZ0108 5:5 this arm is never reached\n  3:5 this pattern matches everything it would\n");
}

// ── Errors elsewhere, and effort ────────────────────────────────────────────────────────────────────────────────
static void poison_says_nothing(void **state) {
  Unit *unit = *state;
  expect(unit, basic(unit, TYPE_ERROR), "true", "");
  AstNode *match = parse_match(unit, basic(unit, TYPE_BOOL), "true");
  match->match.arms->items[0]->arm.pattern->type = basic(unit, TYPE_ERROR);
  sema_match_check(&unit->program, match);
  assert_string_equal(messages(unit), "");
}

// Row i asks for true in column i and false in column i + 1: each column doubles the cases.
static const char *hard_arms(Unit *unit, uint32_t columns, const char *last) {
  Text text = {.arena = &unit->front.arena};
  for (uint32_t row = 0; row < columns; row++) {
    text_char(&text, '(');
    for (uint32_t i = 0; i < columns; i++)
      text_printf(&text, "%s%s", i ? ", " : "", i == row ? "true" : i == (row * 7 + 3) % columns ? "false" : "_");
    text_append(&text, ")\n");
  }
  text_append(&text, last);
  return text_str(&text);
}

static void effort_is_limited(void **state) {
  Unit *unit = *state;
  enum { COLUMNS = 40 };
  Type *parts[COLUMNS];
  for (uint32_t i = 0; i < COLUMNS; i++) parts[i] = basic(unit, TYPE_BOOL);
  Type *tuple = type_tuple(&unit->program.types, parts, COLUMNS);
  double start = seconds_now();
  expect(unit, tuple, hard_arms(unit, COLUMNS, ""), "QZ0107 2:9 match is too large to tell whether it is exhaustive\n");
  expect(unit, tuple, hard_arms(unit, COLUMNS, "_\n"), "");
  assert_true(seconds_now() - start < 20);
}

static void large_matches_are_fine(void **state) {
  Unit *unit = *state;
  Text bytes = {.arena = &unit->front.arena}, words = {.arena = &unit->front.arena};
  Text numbers = {.arena = &unit->front.arena}, either = {.arena = &unit->front.arena};
  for (int i = 0; i < 256; i++) text_printf(&bytes, "%d\n", i);
  for (int i = 0; i < 30000; i++) text_printf(&words, "\"word%d\"\n", i);
  for (int i = 0; i < 30000; i++) text_printf(&numbers, "%d\n", 3 * i);
  for (int i = 0; i < 30000; i++) text_printf(&either, "%s%d", i ? " | " : "", 3 * i);
  text_append(&words, "_\n");
  text_append(&numbers, "_\n");
  text_append(&either, "\n_\n");
  double start = seconds_now();
  expect(unit, basic(unit, TYPE_U8), text_str(&bytes), "");
  expect(unit, basic(unit, TYPE_STRING), text_str(&words), "");
  expect(unit, basic(unit, TYPE_INT), text_str(&numbers), "");
  expect(unit, basic(unit, TYPE_INT), text_str(&either), "");
  assert_true(seconds_now() - start < 4);
}

static void irrefutable_patterns(void **state) {
  Unit *unit = *state;
  Type *wrapped = option_of(unit, basic(unit, TYPE_INT));
  Type *parts[] = {basic(unit, TYPE_INT), wrapped};
  Type *pair = type_tuple(&unit->program.types, parts, 2);
  const char *witness = NULL;
  AstNode *match = parse_match(unit, pair, "(a, _)\n(a, Some(b))");
  assert_true(sema_pattern_irrefutable(&unit->program, match->match.arms->items[0]->arm.pattern, pair, &witness));
  assert_false(sema_pattern_irrefutable(&unit->program, match->match.arms->items[1]->arm.pattern, pair, &witness));
  assert_string_equal(witness, "(_, None)");
}

// ── Against brute force ─────────────────────────────────────────────────────────────────────────────────────────
// Random matches on (U8 below 4 and rest, Bool, Option<Bool>): the check must agree with trying every value.
typedef struct Random {
  uint64_t state;
} Random;

static uint32_t pick(Random *random, uint32_t below) {
  random->state = random->state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(random->state >> 33) % below;
}

static bool matches(const AstNode *pattern, const uint8_t *value, uint32_t part);

static bool matches_any(const AstNode *pattern, const uint8_t *value, uint32_t part) {
  for (AST_EACH(alternative, pattern->pat_or.patterns))
    if (matches(alternative, value, part)) return true;
  return false;
}

static bool matches_tuple(const AstNode *pattern, const uint8_t *value) {
  for (uint32_t i = 0; i < 3; i++)
    if (!matches(pattern->pat_tuple.patterns->items[i], value, i)) return false;
  return true;
}

static int64_t literal(const AstNode *node) {
  return node->kind == AST_BOOL_LIT ? node->bool_lit.value : (int64_t)node->int_lit.value;
}

// `value` is three bytes: a U8, a Bool, and an Option<Bool> as 0 None, 2 Some(false), 3 Some(true).
static bool matches(const AstNode *pattern, const uint8_t *value, uint32_t part) {
  if (pattern->kind == AST_PAT_WILDCARD || pattern->kind == AST_PAT_BIND) return true;
  if (pattern->kind == AST_PAT_OR) return matches_any(pattern, value, part);
  if (pattern->kind == AST_PAT_TUPLE) return matches_tuple(pattern, value);
  if (pattern->kind == AST_PAT_VALUE)
    return literal(pattern->pat_value.value) == (value[part] & (part == 2 ? 1 : 0xFF));
  if (pattern->kind == AST_PAT_RANGE)
    return literal(pattern->pat_range.start) <= value[part] && literal(pattern->pat_range.end) >= value[part];
  if (!pattern->pat_variant.args) return value[2] == 0;
  return value[2] >= 2 && matches(pattern->pat_variant.args->items[0], value, part);
}

static void random_part(Random *random, Text *out, uint32_t part) {
  uint32_t low = pick(random, 4);
  if (pick(random, 3) == 0) text_append(out, "_");
  else if (part == 0 && pick(random, 2)) text_printf(out, "%u", low * 85);
  else if (part == 0) text_printf(out, "%u..=%u", low * 60, low * 60 + pick(random, 76));
  else if (part == 1) text_append(out, low & 1 ? "true" : "false");
  else if (low == 0) text_append(out, "None");
  else text_append(out, low == 1 ? "Some(_)" : low == 2 ? "Some(true | false)" : "Some(false)");
}

static void random_pattern(Random *random, Text *out) {
  text_char(out, '(');
  for (uint32_t part = 0; part < 3; part++) {
    if (part) text_append(out, ", ");
    random_part(random, out, part);
    if (pick(random, 4) == 0 && out->data[out->size - 1] != '_')
      text_append(out, " | "), random_part(random, out, part);
  }
  text_char(out, ')');
}

typedef struct Truth {
  bool is_exhaustive;
  bool is_reached[8];
} Truth;

static Truth try_every_value(const AstNode *match) {
  static const uint8_t options[] = {0, 2, 3};
  Truth truth = {.is_exhaustive = true};
  for (uint32_t code = 0; code < 256 * 2 * 3; code++) {
    uint8_t value[] = {(uint8_t)(code / 6), code / 3 % 2, options[code % 3]};
    bool is_matched = false;
    for (uint32_t i = 0; i < match->match.arms->count && !is_matched; i++)
      if (matches(match->match.arms->items[i]->arm.pattern, value, 0)) is_matched = truth.is_reached[i] = true;
    truth.is_exhaustive &= is_matched;
  }
  return truth;
}

static bool has_diag(const Unit *unit, DiagId id, const AstNode *at) {
  for (uint32_t i = 0; i < unit->front.diags.items.size; i++) {
    const Diag *diag = unit->front.diags.items.data[i];
    if (diag->id == id && (!at || (diag->span.start == at->span.start && diag->span.end == at->span.end))) return true;
  }
  return false;
}

static void agrees_with_brute_force(void **state) {
  Unit *unit = *state;
  Type *parts[] = {basic(unit, TYPE_U8), basic(unit, TYPE_BOOL), option_of(unit, basic(unit, TYPE_BOOL))};
  Type *type = type_tuple(&unit->program.types, parts, 3);
  Random random = {7};
  for (int round = 0; round < 3000; round++) {
    Text arms = {.arena = &unit->front.arena};
    uint32_t count = 1 + pick(&random, 8);
    for (uint32_t i = 0; i < count; i++) random_pattern(&random, &arms), text_char(&arms, '\n');
    AstNode *match = parse_match(unit, type, text_str(&arms));
    Truth truth = try_every_value(match);
    sema_match_check(&unit->program, match);
    if (has_diag(unit, QZ0107, NULL) == truth.is_exhaustive)
      fail_msg("exhaustive: %d\n%s", truth.is_exhaustive, text_str(&arms));
    for (uint32_t i = 0; i < count; i++)
      if (has_diag(unit, QZ0108, match->match.arms->items[i]->arm.pattern) == truth.is_reached[i])
        fail_msg("arm %u reached: %d\n%s", i, truth.is_reached[i], text_str(&arms));
    unit->front.diags.items.size = 0;
  }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(variants_are_counted), TEST(witnesses_nest), TEST(a_type_without_values_needs_no_arm),
      TEST(enums_that_contain_themselves), TEST(booleans), TEST(integers_are_exact),
      TEST(characters_leave_out_surrogates), TEST(open_types_need_a_wildcard), TEST(tuples),
      TEST(structs_records_and_newtypes), TEST(lists_are_split_by_length), TEST(arrays_have_one_length),
      TEST(unions_are_matched_by_type), TEST(borrowed_subjects_are_looked_through), TEST(guards_do_not_count),
      TEST(alternatives_and_names), TEST(unreachable_arms), TEST(unreachable_alternatives),
      TEST(regexes_cover_nothing), TEST(a_regex_covers_itself), TEST(poison_says_nothing), TEST(effort_is_limited),
      TEST(large_matches_are_fine), TEST(irrefutable_patterns), TEST(agrees_with_brute_force),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
