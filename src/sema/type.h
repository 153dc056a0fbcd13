// Types of the language, interned: equal types are equal pointers. Type variables exist only while a body is checked.
#ifndef QZ_SEMA_TYPE_H
#define QZ_SEMA_TYPE_H

#include "base/map.h"
#include "diag/context.h"

typedef enum TypeKind {
#define TYPE(KIND, name) TYPE_##KIND,
#include "sema/types.def"
  TYPE_KIND_COUNT
} TypeKind;

typedef struct Type Type;
struct TypeDecl;  // sema.h: a struct, enum or newtype declaration

typedef struct TypeList {
  uint32_t count;
  Type *items[];
} TypeList;

typedef struct FieldInfo {
  Name name;  // 0: positional
  Type *type;
  struct AstNode *declaration;  // FIELD_DECL, for defaults; NULL in tuples and type literals
} FieldInfo;

typedef struct FieldList {
  uint32_t count;
  Map by_name;  // of a long list: Name → position + 1
  FieldInfo items[];
} FieldList;

typedef struct VariantInfo {
  Name name;
  uint32_t index;
  int64_t tag;
  FieldList *fields;
  // A payload field whose type contains the enum itself by value is held by a counted pointer (a box).
  bool *is_boxed;
} VariantInfo;

typedef struct VariantList {
  uint32_t count;
  Map by_name;  // Name → position + 1
  VariantInfo items[];
} VariantList;

struct Type {
  TypeKind kind;
  bool has_params;  // a PARAM stands somewhere in it
  bool has_vars;    // an unresolved VAR stands somewhere in it
  uint32_t id;
  uint32_t depth;   // how deep types nest in it; one without parts has 1
  union {
    struct { Type *to; } ptr;                                      // PTR
    struct { Type *inner; bool is_mutable; } borrow;               // BORROW
    struct { TypeList *elements; } tuple;                          // TUPLE, UNION
    struct { FieldList *fields; } record;                          // RECORD, in declaration order
    struct { Type *element; uint64_t count; } array;               // ARRAY
    struct { TypeList *params; Type *result; } fn;                 // FN
    struct { struct TypeDecl *decl; TypeList *args; } nominal;     // STRUCT, ENUM, NEWTYPE; args never NULL
    struct { Name name; uint32_t index; struct AstNode *bounds; struct TypeDecl *owner; } param;  // PARAM
    // VAR. `never_returns`: result of a lambda that leaves every time; Void when nothing else determines it
    struct { Type *binding; bool never_returns; Span span; } var;
  };
  // Filled on first use by the functions of sema.h
  FieldList *fields_cache;
  VariantList *variants_cache;
  void *lowered;  // MirType, set by the lowering
};

typedef struct TypeTable {
  Arena *arena;
  Interner *names;
  Map interned;
  VEC(Type *) all;  // every type but variables, in order of making
  uint32_t count;
  Type *basic[TYPE_KIND_COUNT];  // the kinds without parts
} TypeTable;

// Lets `field_list_find` find names of a long list quickly; to be called once it is complete.
void field_list_index(Arena *arena, FieldList *fields);
int field_list_find(const FieldList *fields, Name name);  // its position, or -1

void type_table_init(TypeTable *types, Arena *arena, Interner *names);
Type *type_ptr(TypeTable *types, Type *to);
Type *type_borrow(TypeTable *types, Type *inner, bool is_mutable);
Type *type_tuple(TypeTable *types, Type *const *elements, uint32_t count);
Type *type_record(TypeTable *types, const FieldInfo *fields, uint32_t count);
Type *type_array(TypeTable *types, Type *element, uint64_t count);
Type *type_fn(TypeTable *types, Type *const *params, uint32_t count, Type *result);
Type *type_nominal(TypeTable *types, TypeKind kind, struct TypeDecl *decl, Type *const *args, uint32_t count);
Type *type_union(TypeTable *types, Type *const *members, uint32_t count);
Type *type_param(TypeTable *types, Name name, uint32_t index, struct TypeDecl *owner);
Type *type_var(TypeTable *types, Span span);  // never interned

bool type_is_integer(const Type *type);
bool type_is_signed(const Type *type);
bool type_is_float(const Type *type);
bool type_is_number(const Type *type);
uint32_t type_bits(const Type *type);  // of numbers
// A value of integer type `from` fits `to` without loss, whatever it is.
bool type_widens(const Type *from, const Type *to);
// STRUCT declared without @value: what it refers to may change, through any name.
bool type_is_object(const Type *type);
// Objects, String, Fn. Assignment shares, counts own.
bool type_is_reference(const Type *type);

// As it is written; cut, with "…" at its end, where that is long.
void type_print(Text *out, const Interner *names, const Type *type);
// The same for a name: what was cut is told apart by a number.
void type_print_name(Text *out, const Interner *names, const Type *type);
const char *type_text(Context *context, const Type *type);

#endif
