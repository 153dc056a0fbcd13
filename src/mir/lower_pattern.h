// Patterns as rows of tests: what lower_pattern.c makes of patterns and lower_match.c turns into a decision tree.
#ifndef QZ_MIR_LOWER_PATTERN_H
#define QZ_MIR_LOWER_PATTERN_H

#include "base/map.h"
#include "mir/lower_internal.h"

// How a part of the subject is reached from the part it belongs to.
typedef enum PartStep {
  PART_SUBJECT,
  PART_FIELD,    // `index`; of an object: loaded once
  PART_PAYLOAD,  // `index` of `variant`
  PART_NEWTYPE,  // the same place under another type
  PART_SIZE,     // of a list
  PART_FRONT,    // element `index` of a list
  PART_BACK,     // element size - `index`
  PART_REST,     // the elements between the first `index` and the last `variant`
  PART_REGEX,    // what the match with `regex` gave; `index`: its text
} PartStep;

typedef struct Part Part;
struct Part {
  PartStep step;
  Part *parent;
  Type *type;
  uint32_t variant, index;
  const ListPatternInfo *list;
  const AstNode *regex;  // REGEX: the first pattern of that text
  MirPlace subject;
  bool is_loaded;    // on the way through the tree that is being lowered, `value` holds it
  MirOperand value;
  VEC(Part *) children;
};

typedef enum TestKind {
  TEST_OR,        // any of the patterns
  TEST_VARIANT,   // an enum's variant, a union's member
  TEST_CONSTANT,  // an integer, char, bool or symbol
  TEST_RANGE,     // low … high, where present
  TEST_EQUAL,     // a float constant, or whatever a call of op_eq says
  TEST_LIST,      // a list of `front` elements, or of at least front + back when there is a rest
} TestKind;

typedef struct Test {
  TestKind kind;
  Part *part;
  AstNode *pattern;
  uint32_t variant;
  ConstValue low, high;  // CONSTANT: low
  bool has_low, has_high, is_exclusive;
  uint32_t front, back;
  bool has_rest;
} Test;

typedef struct Bind {
  Local *local;
  Part *part;
  bool declares;
} Bind;

typedef struct MatchArm {
  AstNode *guard;      // or NULL
  AstNode *body;
  MirBlockId block;    // of the body; MIR_NO_BLOCK until a leaf leads there
  VEC(Local *) locals; // bound by its pattern
} MatchArm;

// All tests hold → the bindings are made, the guard is asked, the arm's body runs.
typedef struct Row {
  VEC(Test) tests;
  VEC(Bind) binds;
  MatchArm *arm;
} Row;

typedef struct Rows {
  Row **items;
  uint32_t count;
} Rows;

typedef struct Match {
  LowerFn *fn;
  Arena *arena;
  Span span;
  uint32_t base;      // cleanups outside the tree
  VEC(Part *) trail;  // parts loaded on the way
} Match;

// What is known of a part after a branch.
typedef struct Condition {
  enum { IS_VARIANT, IS_NO_VARIANT, IS_VALUE, IS_OTHER_VALUE, HOLDS, FAILS } kind;
  uint32_t variant;
  int64_t value;
  const Test *test;  // HOLDS, FAILS
} Condition;

Part *part_subject(Match *match, MirPlace place, Type *type);
Part *part_child(Match *match, Part *parent, PartStep step, uint32_t variant, uint32_t index, Type *type);
MirPlace part_place(Match *match, Part *part);     // where it can be read on this way through the tree
MirOperand part_scalar(Match *match, Part *part);  // loaded, once
void part_forget(Match *match, uint32_t trail);    // what was loaded since the trail had this size

void row_add(Match *match, Row *row, Part *part, AstNode *pattern);
const Test *row_test(const Row *row, const Part *part);
Rows rows_alternatives(Match *match, Rows rows);  // or-patterns in the rows' tests become rows of their own
// What may match under the condition. A row that takes everything is the last.
Rows rows_given(Match *match, Rows rows, const Part *part, const Condition *condition);
Row *row_given(Match *match, Row *row, const Part *part, const Condition *condition);

// Rows by what their first test of a part compares it with, so that no way has to look at all of them. A row that
// compares it with another key than the one on the way cannot match.
typedef VEC(uint32_t) RowNumbers;
typedef struct Partition {
  Rows rows;
  const Part *part;
  Map numbers;                   // key → the rows' numbers, RowNumbers
  VEC(const Test *) first_tests; // one for each key, in the order of the rows
  RowNumbers others;             // rows that have no such test
} Partition;

Partition rows_partition(Match *match, Rows rows, const Part *part, TestKind kind);
RowNumbers *rows_of_key(const Partition *partition, uint64_t key);
// The rows of a key (NULL: of none) and the others under a condition that settles all tests of other keys.
Rows rows_of_way(Match *match, const Partition *partition, const RowNumbers *own, const Condition *condition);

// lower_pattern_test.c
bool test_contains(const Test *range, int64_t value);
typedef enum Verdict { VERDICT_DROP, VERDICT_KEEP, VERDICT_MATCHED } Verdict;
Verdict test_verdict(const Test *test, const Condition *condition);  // of a test of the same part
bool test_is_literal(const Test *test);              // EQUAL, with a constant known here
uint64_t test_key(const Test *test);                 // of VARIANT, CONSTANT and literals: equal for equal tests
void test_classify(Match *match, Test *test);  // kind and what it compares with, from part and pattern

#endif
