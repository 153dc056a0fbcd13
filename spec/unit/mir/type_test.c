// Types: one pointer a distinct type, layouts as C has them, the two forms of enums.
#include "support.h"

typedef struct Types {
  Front front;
  MirTypeTable table;
} Types;

static void open(Types *t) {
  front_open(&t->front);
  mir_types_init(&t->table, &t->front.arena, &t->front.names);
}

static MirType *basic(Types *t, MirTypeKind kind) { return t->table.basic[kind]; }

static MirType *named(Types *t, MirTypeKind kind, const char *name) {
  return mir_type_nominal(&t->table, kind, name_from(&t->front.names, name));
}

static MirType *with_fields(Types *t, MirTypeKind kind, const char *name, MirType **types, uint32_t count) {
  MirField fields[8] = {0};
  for (uint32_t i = 0; i < count; i++) fields[i].type = types[i];
  MirType *type = named(t, kind, name);
  mir_type_set_fields(&t->table, type, fields, count);
  mir_type_layout(type);
  return type;
}

static void equal_types_are_one(void **state) {
  (void)state;
  Types t;
  open(&t);
  MirType *i64 = basic(&t, MIR_TYPE_I64), *string = basic(&t, MIR_TYPE_STRING);
  assert_ptr_equal(mir_type_ptr(&t.table, i64), mir_type_ptr(&t.table, i64));
  assert_ptr_not_equal(mir_type_ptr(&t.table, i64), mir_type_ptr(&t.table, string));
  assert_ptr_not_equal(mir_type_ptr(&t.table, i64), mir_type_ptr(&t.table, NULL));
  assert_ptr_equal(mir_type_array(&t.table, i64, 3), mir_type_array(&t.table, i64, 3));
  assert_ptr_not_equal(mir_type_array(&t.table, i64, 3), mir_type_array(&t.table, i64, 4));
  MirType *one[] = {i64, string}, *other[] = {string, i64};
  assert_ptr_equal(mir_type_fn(&t.table, one, 2, i64), mir_type_fn(&t.table, one, 2, i64));
  assert_ptr_not_equal(mir_type_fn(&t.table, one, 2, i64), mir_type_fn(&t.table, other, 2, i64));
  assert_ptr_not_equal(mir_type_fn(&t.table, one, 1, i64), mir_type_fn(&t.table, one, 2, i64));
  assert_ptr_equal(named(&t, MIR_TYPE_STRUCT, "P"), named(&t, MIR_TYPE_STRUCT, "P"));
  assert_int_equal(string->id, 0);
  front_close(&t.front);
}

static void fields_lie_as_in_c(void **state) {
  (void)state;
  struct Like {
    int8_t a;
    double b;
    int16_t c;
    int32_t d;
    int8_t e;
  };
  Types t;
  open(&t);
  MirType *parts[] = {basic(&t, MIR_TYPE_I8), basic(&t, MIR_TYPE_F64), basic(&t, MIR_TYPE_I16), basic(&t, MIR_TYPE_I32),
                      basic(&t, MIR_TYPE_I8)};
  MirType *type = with_fields(&t, MIR_TYPE_STRUCT, "S", parts, 5);
  assert_int_equal(type->size, sizeof(struct Like));
  assert_int_equal(type->align, alignof(struct Like));
  assert_int_equal(type->fields.fields[2].offset, offsetof(struct Like, c));
  assert_int_equal(type->fields.fields[4].offset, offsetof(struct Like, e));
  assert_false(type->is_managed);
  MirType *object = with_fields(&t, MIR_TYPE_OBJECT, "O", parts, 1);
  assert_int_equal(object->fields.fields[0].offset, MIR_OBJECT_HEADER_SIZE);
  assert_int_equal(object->size, 16);
  MirType *empty = with_fields(&t, MIR_TYPE_STRUCT, "E", NULL, 0);
  assert_int_equal(empty->size, 0);
  assert_int_equal(empty->align, 1);
  front_close(&t.front);
}

static MirType *option_of(Types *t, const char *name, MirType *payload) {
  MirField field = {.type = payload};
  MirVariant variants[] = {{.tag = 0}, {.tag = 1, .fields = &field, .field_count = 1}};
  MirType *type = named(t, MIR_TYPE_ENUM, name);
  mir_type_set_variants(&t->table, type, variants, 2);
  mir_type_layout(type);
  return type;
}

static void enums_take_two_forms(void **state) {
  (void)state;
  Types t;
  open(&t);
  MirType *string = option_of(&t, "Option<String>", basic(&t, MIR_TYPE_STRING));
  assert_int_equal(string->enum_.repr, MIR_ENUM_NICHE);
  assert_int_equal(string->size, 8);
  assert_true(string->is_managed);
  MirType *nested = option_of(&t, "Option<Option<String>>", string);
  assert_int_equal(nested->enum_.repr, MIR_ENUM_TAGGED);  // its payload may be null
  assert_int_equal(nested->size, 16);
  MirType *address = option_of(&t, "Option<Ptr>", mir_type_ptr(&t.table, NULL));
  assert_int_equal(address->enum_.repr, MIR_ENUM_TAGGED);  // so may this one's
  MirType *byte = option_of(&t, "Option<U8>", basic(&t, MIR_TYPE_U8));
  assert_int_equal(byte->size, 2);
  assert_int_equal(byte->enum_.variants[1].fields[0].offset, 1);
  front_close(&t.front);
}

static void check_tag(Types *t, int64_t tag, MirTypeKind kind) {
  char name[32];
  snprintf(name, sizeof name, "E%lld", (long long)tag);
  MirVariant variants[] = {{.tag = 0}, {.tag = tag}};
  MirType *type = named(t, MIR_TYPE_ENUM, name);
  mir_type_set_variants(&t->table, type, variants, 2);
  assert_int_equal(type->enum_.tag_type->kind, kind);
}

static void tags_are_as_small_as_can_be(void **state) {
  (void)state;
  Types t;
  open(&t);
  check_tag(&t, 255, MIR_TYPE_U8);
  check_tag(&t, 256, MIR_TYPE_U16);
  check_tag(&t, 65536, MIR_TYPE_U32);
  check_tag(&t, (int64_t)1 << 32, MIR_TYPE_I64);
  check_tag(&t, -1, MIR_TYPE_I8);
  check_tag(&t, -129, MIR_TYPE_I16);
  check_tag(&t, -32769, MIR_TYPE_I32);
  check_tag(&t, INT64_MIN, MIR_TYPE_I64);
  front_close(&t.front);
}

static void managed_parts_make_managed_wholes(void **state) {
  (void)state;
  Types t;
  open(&t);
  MirType *parts[] = {basic(&t, MIR_TYPE_I64), basic(&t, MIR_TYPE_STRING)};
  MirType *pair = with_fields(&t, MIR_TYPE_STRUCT, "Pair", parts, 2);
  MirType *array = mir_type_array(&t.table, pair, 2), *none = mir_type_array(&t.table, pair, 0);
  mir_types_layout(&t.table);
  assert_true(pair->is_managed);
  assert_true(array->is_managed);
  assert_false(none->is_managed);
  assert_int_equal(array->size, 32);
  assert_false(mir_type_ptr(&t.table, pair)->is_managed);
  front_close(&t.front);
}

static void types_print(void **state) {
  (void)state;
  Types t;
  open(&t);
  MirType *object = with_fields(&t, MIR_TYPE_OBJECT, "Vec<Int>", NULL, 0);
  MirType *params[] = {mir_type_ref(&t.table, object), mir_type_ptr(&t.table, NULL)};
  MirType *fn = mir_type_fn(&t.table, params, 2, mir_type_array(&t.table, basic(&t, MIR_TYPE_U8), 4));
  Text text = {.arena = &t.front.arena};
  mir_type_print(&text, &t.front.names, fn);
  assert_string_equal(text_str(&text), "fn(ref \"Vec<Int>\", ptr) [u8 x 4]");
  front_close(&t.front);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(equal_types_are_one),
                                     cmocka_unit_test(fields_lie_as_in_c),
                                     cmocka_unit_test(enums_take_two_forms),
                                     cmocka_unit_test(tags_are_as_small_as_can_be),
                                     cmocka_unit_test(managed_parts_make_managed_wholes),
                                     cmocka_unit_test(types_print)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
