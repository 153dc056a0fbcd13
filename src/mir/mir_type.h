// MIR types: what the back ends know of a Quartz type. Nominal kinds (object, struct, enum) are found by name in their
// module; the others are interned, so equal types are equal pointers.
#ifndef QZ_MIR_MIR_TYPE_H
#define QZ_MIR_MIR_TYPE_H

#include "base/interner.h"
#include "base/map.h"
#include "base/text.h"

typedef enum MirTypeKind {
#define MIR_TYPE(KIND, text, size, align, PARTS) MIR_TYPE_##KIND,
#include "mir/mir_types.def"
  MIR_TYPE_KIND_COUNT
} MirTypeKind;

// What a type is made of: which member of MirType's union holds its parts.
typedef enum MirTypeParts {
  MIR_PARTS_NONE,
  MIR_PARTS_TARGET,     // ptr
  MIR_PARTS_SIGNATURE,  // fn
  MIR_PARTS_FIELDS,     // fields
  MIR_PARTS_VARIANTS,   // enum_
  MIR_PARTS_ELEMENT,    // array
} MirTypeParts;

typedef struct MirType MirType;
typedef struct MirFunction MirFunction;

typedef struct MirField {
  Name name;  // 0: positional
  MirType *type;
  uint64_t offset;  // set by mir_type_layout
} MirField;

typedef struct MirVariant {
  Name name;
  int64_t tag;  // as declared or counted from 0
  MirField *fields;
  uint32_t field_count;
} MirVariant;

// How an enum stands in memory.
typedef enum MirEnumRepr {
  MIR_ENUM_TAGGED,  // tag_type at offset 0, then the payload
  MIR_ENUM_NICHE,   // two variants, one empty, one with a single never-null pointer: null is the empty one
} MirEnumRepr;

struct MirType {
  MirTypeKind kind;
  bool is_managed;  // a value of it holds counted pointers
  bool is_laid_out;
  bool is_shared;   // OBJECT: tasks use one together, so that it crosses from one to another as it is
  bool is_actor;    // OBJECT: an actor's handle, which the runtime makes and frees
  bool is_bound;    // OBJECT: stays in its task, whatever is in it
  uint32_t id;      // counts up within the module; objects use it as the type number in their header
  uint32_t align;
  uint64_t size;
  Name name;  // nominal kinds: the Quartz type, such as "Vec<Int>"
  union {
    struct { MirType *to; } ptr;  // PTR (NULL: nothing known of what is there), REF (an OBJECT)
    // FN; `number`: of its name in texts, if other functions stand in it, else 0
    struct { MirType **params; uint32_t param_count; MirType *result; uint32_t number; } fn;
    struct { MirField *fields; uint32_t field_count; } fields;  // OBJECT, STRUCT
    struct { MirVariant *variants; uint32_t variant_count; MirEnumRepr repr; MirType *tag_type; } enum_;
    struct { MirType *element; uint64_t count; } array;
  };
  // Glue, made on demand by mir/glue.c; each takes one `ptr` to the value (OBJECT: one borrowed `ref`).
  MirFunction *user_drop;     // the type's own Drop.drop, or NULL; its `self` is borrowed
  MirFunction *release_glue;  // OBJECT: drops the fields and frees; STRUCT, ENUM, ARRAY: releases what is in it
  MirFunction *retain_glue;   // STRUCT, ENUM, ARRAY
  // Only in modules where values cross from one task to another:
  MirFunction *user_cross;    // the type's own Send.cross, or NULL
  MirFunction *cross_glue;    // (value, crossing): shows the crossing each counted pointer in it
};

typedef struct MirTypeTable {
  Arena *arena;
  Interner *names;
  VEC(MirType *) all;
  Map interned;  // structural types by hash of their parts
  Map nominal;   // by Name
  MirType *basic[MIR_TYPE_KIND_COUNT];  // the kinds without parts
  uint32_t numbered_fns;
} MirTypeTable;

enum { MIR_VALUE_SIZE_LIMIT = 1 << 20 };  // values live on the stack, some of them at once; of 8 MiB on Linux
enum { MIR_OBJECT_HEADER_SIZE = 8 };  // uint32_t count, uint32_t type number
#define MIR_TYPE_SIZE_LIMIT ((uint64_t)1 << 48)  // a type of this size is too large to be; sizes stop growing here

void mir_types_init(MirTypeTable *types, Arena *arena, Interner *names);
MirType *mir_type_ptr(MirTypeTable *types, MirType *to);
MirType *mir_type_ref(MirTypeTable *types, MirType *object);
MirType *mir_type_fn(MirTypeTable *types, MirType **params, uint32_t param_count, MirType *result);
MirType *mir_type_array(MirTypeTable *types, MirType *element, uint64_t count);
// A nominal type of `kind`, empty until its fields or variants are set; the existing one if the name is taken.
MirType *mir_type_nominal(MirTypeTable *types, MirTypeKind kind, Name name);
void mir_type_set_fields(MirTypeTable *types, MirType *type, const MirField *fields, uint32_t count);
void mir_type_set_variants(MirTypeTable *types, MirType *type, const MirVariant *variants, uint32_t count);

// Size, alignment, offsets, enum representation and is_managed, once. Parts by value must be complete.
void mir_type_layout(MirType *type);
// Lays out every type of the table, so that is_managed can be read of all of them.
void mir_types_layout(MirTypeTable *types);

const char *mir_type_kind_text(MirTypeKind kind);
MirTypeParts mir_type_kind_parts(MirTypeKind kind);
bool mir_type_kind_is_nominal(MirTypeKind kind);
bool mir_type_kind_is_basic(MirTypeKind kind);  // without parts: one type of this kind, in `basic`

bool mir_type_is_integer(const MirType *type);
bool mir_type_is_countable(const MirType *type);  // an integer or a char
bool mir_type_is_signed(const MirType *type);
bool mir_type_is_float(const MirType *type);
// A scalar lives in a register: numbers, bool, char and pointers of every kind.
bool mir_type_is_scalar(const MirType *type);
uint32_t mir_type_bits(const MirType *type);  // of integers, char (32), bool (1) and floats

// As others refer to it: nominal types and functions of functions by their name, so that no text doubles with each
// level.
void mir_type_print(Text *out, const Interner *names, const MirType *type);
void mir_type_print_signature(Text *out, const Interner *names, const MirType *fn);

#endif
