// What the files of the match check share: usefulness.c (the algorithm and its messages), match_lower.c (patterns of
// the AST to constructors), match_split.c (the constructors of a column), match_witness.c (values as text).
#ifndef QZ_SEMA_MATCH_INTERNAL_H
#define QZ_SEMA_MATCH_INTERNAL_H

#include "base/map.h"
#include "sema/usefulness.h"

// The head of a pattern, or one class of values that the patterns of a column do not tell apart.
typedef enum CtorKind {
  CTOR_WILD,     // anything
  CTOR_SINGLE,   // the one shape of a tuple, record, struct or newtype
  CTOR_VARIANT,  // number `index` of an enum's variants or a union's members
  CTOR_RANGE,    // integers, characters and booleans, in an order in which they are unsigned
  CTOR_LIST,     // `prefix` elements, then (has_rest) any number, then `suffix` elements
  CTOR_LITERAL,  // a string, symbol or float
  CTOR_OPAQUE,   // what a method or a regex finds: equal to nothing else as far as we know
  CTOR_OTHER,    // every value that no literal of the column names
  CTOR_OR,       // alternatives
} CtorKind;

typedef struct Ctor {
  CtorKind kind;
  union {
    uint32_t index;
    struct { uint64_t low, high; } range;  // both included
    struct { uint32_t prefix, suffix; bool has_rest; } list;
    uint64_t literal;  // a Name, or the bits of a double
    const void *opaque;  // the same for what is equal: a node, the text of a regex
  };
} Ctor;

typedef VEC(Ctor) Ctors;

typedef struct Pattern {
  Ctor ctor;
  Type *type;
  AstNode *node;
  uint32_t count;  // of fields; of alternatives for OR
  struct Pattern **fields;
  bool is_useful;
} Pattern;

typedef struct Witness {
  Ctor ctor;
  Type *type;
  uint32_t count;
  struct Witness **fields;
} Witness;

typedef struct MatchCheck {
  Program *program;
  Arena *arena;      // of this check only
  bool is_poisoned;  // a part is in error: nothing can be said
  bool gave_up;
  uint32_t work;     // rows made so far
} MatchCheck;

// match_lower.c
Pattern *match_lower(MatchCheck *check, AstNode *node, Type *type);
Pattern *match_wild(MatchCheck *check, Type *type);
Type *match_type(Type *type);  // borrows and found type variables looked through

// match_split.c. The fields of a constructor of a type, and the constructors that the heads of a column tell apart.
uint32_t ctor_arity(MatchCheck *check, Type *type, const Ctor *ctor);
Type *ctor_field_type(MatchCheck *check, Type *type, const Ctor *ctor, uint32_t field);
bool ctor_covers(const Ctor *head, const Ctor *part);  // is every value of `part` one of `head`?

// Every value of the type is of one of the parts, and no head tells two values of one part apart. Of a type without
// values there is one part all the same: the rows are followed, but nothing can be missing.
typedef struct Split {
  Ctors parts;             // literals and opaque values in the order of the heads, then the others in order
  Map literals, opaques;   // to a part's number plus one
  uint32_t literal_count;  // of both
  bool is_empty_type;
} Split;
Split match_split(MatchCheck *check, Type *type, Pattern *const *heads, uint32_t count, bool is_top);

// The parts that a head of the column covers lie side by side. The head is no WILD, which covers all.
typedef struct PartRange {
  uint32_t first, count;
} PartRange;
PartRange split_covered(const Split *split, const Ctor *head);

typedef struct ValueRange {
  uint64_t low, high;
} ValueRange;
uint64_t range_encode(const Type *type, int64_t value);
ValueRange range_of_type(const Type *type);
bool type_has_ranges(const Type *type);

// match_witness.c
const char *witness_text(MatchCheck *check, const Witness *witness);

#endif
