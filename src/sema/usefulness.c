// The match check: the algorithm over the matrix of patterns, and what it has to say about a match.
#include "sema/match_internal.h"

enum { WITNESSES_SHOWN = 3, WITNESSES_KEPT = WITNESSES_SHOWN + 1, WORK_MAX = 500000 };

// ── The matrix: one row a pattern that can still match, one column a part of the subject ────────────────────────
typedef struct Row {
  Pattern **columns;
  struct Row *origin;  // the row it was made from
  bool has_guard;
  bool is_useful;
} Row;

typedef struct Matrix {
  uint32_t width, count, capacity;
  Type **types;  // of the columns
  Row *rows;
} Matrix;

typedef VEC(uint32_t) RowNumbers;

// The rows of a matrix by what the heads of its first column name.
typedef struct ColumnRows {
  RowNumbers *named;  // for each part, rows that name it
  RowNumbers wild;    // rows that match any
} ColumnRows;

typedef VEC(Witness **) Witnesses;  // each a row of `width` values

static Matrix matrix_new(MatchCheck *check, uint32_t width, uint32_t capacity) {
  return (Matrix){width, 0, capacity, arena_array(check->arena, Type *, width + 1),
                  arena_array(check->arena, Row, capacity + 1)};
}

static Row *matrix_add(MatchCheck *check, Matrix *matrix, Row *origin, bool has_guard) {
  check->gave_up |= check->work++ > WORK_MAX;
  Row *row = &matrix->rows[matrix->count++];
  *row = (Row){arena_array(check->arena, Pattern *, matrix->width + 1), origin, has_guard, false};
  return row;
}

// ── Or-patterns: each alternative gets a row ────────────────────────────────────────────────────────────────────
static uint32_t alternatives(const Pattern *pattern) {
  if (pattern->ctor.kind != CTOR_OR) return 1;
  uint32_t count = 0;
  for (uint32_t i = 0; i < pattern->count; i++) count += alternatives(pattern->fields[i]);
  return count;
}

static void add_alternatives(MatchCheck *check, Matrix *out, Row *origin, Pattern *head) {
  if (head->ctor.kind == CTOR_OR) {
    for (uint32_t i = 0; i < head->count; i++) add_alternatives(check, out, origin, head->fields[i]);
    return;
  }
  Row *row = matrix_add(check, out, origin, origin->has_guard);
  row->columns[0] = head;
  for (uint32_t i = 1; i < out->width; i++) row->columns[i] = origin->columns[i];
}

static Matrix expand_alternatives(MatchCheck *check, const Matrix *matrix) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < matrix->count; i++) count += alternatives(matrix->rows[i].columns[0]);
  Matrix out = matrix_new(check, matrix->width, count);
  for (uint32_t i = 0; i < matrix->width; i++) out.types[i] = matrix->types[i];
  for (uint32_t i = 0; i < matrix->count; i++)
    add_alternatives(check, &out, &matrix->rows[i], matrix->rows[i].columns[0]);
  return out;
}

// ── Specialisation: the rows that match a constructor, its fields in place of the first column ──────────────────
// `[a, ...rest, z]` held against lists of one length: wildcards fill the middle.
static Pattern *field_of(MatchCheck *check, const Pattern *head, const Ctor *ctor, uint32_t field, uint32_t arity,
                         Type *type) {
  if (head->ctor.kind == CTOR_WILD) return match_wild(check, type);
  if (ctor->kind != CTOR_LIST) return head->fields[field];
  if (field < head->ctor.list.prefix) return head->fields[field];
  uint32_t from_end = arity - field;
  return from_end <= head->ctor.list.suffix ? head->fields[head->count - from_end] : match_wild(check, type);
}

static void specialise_row(MatchCheck *check, Matrix *out, Row *from, const Ctor *ctor, uint32_t arity) {
  Row *row = matrix_add(check, out, from, from->has_guard);
  for (uint32_t k = 0; k < arity; k++)
    row->columns[k] = field_of(check, from->columns[0], ctor, k, arity, out->types[k]);
  for (uint32_t k = arity; k < out->width; k++) row->columns[k] = from->columns[k - arity + 1];
}

// The rows whose heads name the part and those that match anything, in their order.
static Matrix specialise(MatchCheck *check, Matrix *matrix, const Ctor *ctor, const RowNumbers *named,
                         const RowNumbers *wild) {
  uint32_t arity = ctor_arity(check, matrix->types[0], ctor);
  Matrix out = matrix_new(check, arity + matrix->width - 1, named->size + wild->size);
  for (uint32_t i = 0; i < arity; i++) out.types[i] = ctor_field_type(check, matrix->types[0], ctor, i);
  for (uint32_t i = 1; i < matrix->width; i++) out.types[arity + i - 1] = matrix->types[i];
  uint32_t n = 0, w = 0;
  while (n < named->size || w < wild->size) {
    bool is_named = w == wild->size || (n < named->size && named->data[n] < wild->data[w]);
    specialise_row(check, &out, &matrix->rows[is_named ? named->data[n++] : wild->data[w++]], ctor, arity);
  }
  return out;
}

static void report_use_to_origins(const Matrix *matrix) {
  for (uint32_t i = 0; i < matrix->count; i++)
    if (matrix->rows[i].is_useful && matrix->rows[i].origin) matrix->rows[i].origin->is_useful = true;
}

// ── Witnesses ───────────────────────────────────────────────────────────────────────────────────────────────────
static Witness *witness_new(MatchCheck *check, Ctor ctor, Type *type, uint32_t count) {
  Witness *witness = arena_new(check->arena, Witness);
  *witness = (Witness){ctor, type, count, arena_array(check->arena, Witness *, count + 1)};
  return witness;
}

// The first values of `row` are the fields of `ctor`: they become one value.
static Witness **apply(MatchCheck *check, const Matrix *matrix, const Ctor *ctor, Witness *const *row) {
  uint32_t arity = ctor_arity(check, matrix->types[0], ctor);
  Witness **out = arena_array(check->arena, Witness *, matrix->width + 1);
  out[0] = witness_new(check, *ctor, matrix->types[0], arity);
  for (uint32_t i = 0; i < arity; i++) out[0]->fields[i] = row[i];
  for (uint32_t i = 1; i < matrix->width; i++) out[i] = row[arity + i - 1];
  return out;
}

static Witnesses useful(MatchCheck *check, Matrix *matrix, bool is_top);

static void add_missed(MatchCheck *check, Matrix *matrix, const Ctor *ctor, Matrix inner, Witnesses *out) {
  Witnesses found = useful(check, &inner, false);
  report_use_to_origins(&inner);
  for (uint32_t i = 0; i < found.size && out->size < WITNESSES_KEPT; i++)
    vec_push(check->arena, out, apply(check, matrix, ctor, found.data[i]));
}

// ── The algorithm ───────────────────────────────────────────────────────────────────────────────────────────────
// No column is left: the first row takes the value, unless its guard says no.
static Witnesses useful_rows(MatchCheck *check, Matrix *matrix) {
  Witnesses out = {0};
  for (uint32_t i = 0; i < matrix->count; i++) {
    matrix->rows[i].is_useful = true;
    if (!matrix->rows[i].has_guard) return out;
  }
  vec_push(check->arena, &out, arena_array(check->arena, Witness *, 1));
  return out;
}

// Nothing is left to match: any value is a witness.
static Witnesses no_rows(MatchCheck *check, const Matrix *matrix) {
  Witnesses out = {0};
  Witness **row = arena_array(check->arena, Witness *, matrix->width + 1);
  for (uint32_t i = 0; i < matrix->width; i++)
    row[i] = witness_new(check, (Ctor){.kind = CTOR_WILD}, matrix->types[i], 0);
  vec_push(check->arena, &out, row);
  return out;
}

// Puts every row into the lists of the parts it names, so that no part has to look at all rows.
static ColumnRows column_rows(MatchCheck *check, const Matrix *matrix, const Split *split) {
  ColumnRows rows = {.named = arena_array(check->arena, RowNumbers, split->parts.size + 1)};
  uint32_t listed = 0;
  for (uint32_t i = 0; i < matrix->count && !check->gave_up; i++) {
    const Ctor *head = &matrix->rows[i].columns[0]->ctor;
    if (head->kind == CTOR_WILD) {
      vec_push(check->arena, &rows.wild, i);
      continue;
    }
    PartRange parts = split_covered(split, head);
    for (uint32_t k = 0; k < parts.count; k++) vec_push(check->arena, &rows.named[parts.first + k], i);
    listed += parts.count;
    check->gave_up = check->work + listed > WORK_MAX;  // as many rows will be made of them
  }
  return rows;
}

static Witnesses useful_column(MatchCheck *check, Matrix *matrix, bool is_top) {
  Witnesses out = {0};
  Pattern **heads = arena_array(check->arena, Pattern *, matrix->count + 1);
  for (uint32_t i = 0; i < matrix->count; i++) heads[i] = matrix->rows[i].columns[0];
  Split split = match_split(check, matrix->types[0], heads, matrix->count, is_top);
  ColumnRows rows = column_rows(check, matrix, &split);
  for (uint32_t i = 0; i < split.parts.size && !check->gave_up; i++) {
    const Ctor *part = &split.parts.data[i];
    add_missed(check, matrix, part, specialise(check, matrix, part, &rows.named[i], &rows.wild), &out);
  }
  for (uint32_t i = 0; i < matrix->count; i++) heads[i]->is_useful |= matrix->rows[i].is_useful;
  return split.is_empty_type ? (Witnesses){0} : out;
}

// Marks the useful rows, and in them the useful alternatives; gives values that no row without a guard matches.
static Witnesses useful(MatchCheck *check, Matrix *matrix, bool is_top) {
  if (check->gave_up) return (Witnesses){0};
  if (!matrix->width) return useful_rows(check, matrix);
  if (!matrix->count && !is_top) return no_rows(check, matrix);
  Matrix expanded = expand_alternatives(check, matrix);
  Witnesses out = useful_column(check, &expanded, is_top);
  report_use_to_origins(&expanded);
  return out;
}

// ── One match ───────────────────────────────────────────────────────────────────────────────────────────────────
typedef struct Arms {
  MatchCheck *check;
  AstNode *match;
  Type *type;
  uint32_t count;
  Pattern **patterns;
} Arms;

static Matrix arms_matrix(const Arms *arms, bool ignores_guards) {
  Matrix matrix = matrix_new(arms->check, 1, arms->count);
  matrix.types[0] = arms->type;
  for (uint32_t i = 0; i < arms->count; i++) {
    const AstNode *arm = arms->match->match.arms->items[i];
    matrix_add(arms->check, &matrix, NULL, arm->arm.guard && !ignores_guards)->columns[0] = arms->patterns[i];
  }
  return matrix;
}

static DiagList *diags_of(const Arms *arms) { return arms->check->program->context->diags; }

static void append_witnesses(const Arms *arms, Text *out, const Witnesses *found, const char *between,
                             const char *last) {
  uint32_t shown = found->size < WITNESSES_KEPT ? found->size : WITNESSES_SHOWN;
  for (uint32_t i = 0; i < shown; i++) {
    const Witness *witness = found->data[i][0];
    bool is_last = i + 1 == shown && found->size < WITNESSES_KEPT;
    if (i) text_append(out, is_last ? last : between);
    text_printf(out, "`%s`", witness_text(arms->check, witness));
    if (witness->ctor.kind == CTOR_OTHER && arms->type->kind == TYPE_STRING) text_append(out, " (any other string)");
  }
  if (found->size == WITNESSES_KEPT) text_append(out, " and others");
}

static bool is_exhaustive_without_guards(const Arms *arms) {
  Matrix matrix = arms_matrix(arms, true);
  return useful(arms->check, &matrix, true).size == 0;
}

static bool has_guard(const Arms *arms) {
  for (AST_EACH(arm, arms->match->match.arms))
    if (arm->arm.guard) return true;
  return false;
}

static void help_with_arms(const Arms *arms, Diag *diag, const Witnesses *found) {
  const Witness *first = found->data[0][0];
  if (found->size == 1 && first->ctor.kind != CTOR_OTHER && first->ctor.kind != CTOR_WILD)
    diag_help(diags_of(arms), diag, "add the arm `%s => …`", witness_text(arms->check, first));
  else if (found->size == 1 || found->size == WITNESSES_KEPT)
    diag_help(diags_of(arms), diag, "add `_ => …` as the last arm");
  else
    diag_help(diags_of(arms), diag, "add an arm for each, or `_ => …` as the last arm");
}

static void report_missing(const Arms *arms, const Witnesses *found) {
  Text text = {.arena = arms->check->program->context->arena};
  append_witnesses(arms, &text, found, ", ", " and ");
  Diag *diag =
      diag_report(diags_of(arms), QZ0107, arms->match->match.subject->span,
                  "match is not exhaustive: %s %s not covered", text_str(&text), found->size == 1 ? "is" : "are");
  if (has_guard(arms) && is_exhaustive_without_guards(arms))
    diag_note(diags_of(arms), diag, (Span){0}, "an arm with a guard does not count: its guard may be false");
  help_with_arms(arms, diag, found);
}

// ── Arms that nothing reaches ───────────────────────────────────────────────────────────────────────────────────
static bool is_one_class(const Ctor *ctor) {
  return ctor->kind == CTOR_VARIANT || ctor->kind == CTOR_RANGE || ctor->kind == CTOR_LITERAL;
}

// Heads that name different classes of values settle it without a matrix.
static bool may_cover(const Pattern *first, const Pattern *second) {
  return !is_one_class(&first->ctor) || !is_one_class(&second->ctor) || ctor_covers(&first->ctor, &second->ctor);
}

static bool covers(const Arms *arms, AstNode *first, AstNode *second) {
  MatchCheck *check = arms->check;
  Matrix matrix = matrix_new(check, 1, 2);
  matrix.types[0] = arms->type;
  matrix_add(check, &matrix, NULL, false)->columns[0] = match_lower(check, first, arms->type);
  matrix_add(check, &matrix, NULL, false)->columns[0] = match_lower(check, second, arms->type);
  useful(check, &matrix, true);
  return !matrix.rows[1].is_useful && !check->gave_up;
}

static AstNode *covering_arm(const Arms *arms, uint32_t before, AstNode *pattern) {
  const Pattern *lowered = match_lower(arms->check, pattern, arms->type);
  for (uint32_t i = 0; i < before; i++) {
    AstNode *arm = arms->match->match.arms->items[i];
    bool is_candidate = !arm->arm.guard && may_cover(arms->patterns[i], lowered);
    if (is_candidate && covers(arms, arm->arm.pattern, pattern)) return arm->arm.pattern;
  }
  return NULL;
}

static AstNode *covering_alternative(const Arms *arms, AstNode *whole, AstNode *pattern) {
  if (whole->kind != AST_PAT_OR) return NULL;
  for (AST_EACH(alternative, whole->pat_or.patterns)) {
    if (alternative == pattern) return NULL;
    if (covers(arms, alternative, pattern)) return alternative;
  }
  return NULL;
}

// `whole` is the pattern of arm number `at`, `pattern` that one or an alternative in it.
static void report_unreachable(const Arms *arms, uint32_t at, AstNode *whole, AstNode *pattern, const char *what) {
  Diag *diag = diag_report(diags_of(arms), QZ0108, pattern->span, "%s is never reached", what);
  // Parts deeper inside have types of their own; what covers them cannot be named in a word.
  bool is_whole = pattern == whole;
  bool is_alternative = whole->kind == AST_PAT_OR && !is_whole && match_type(pattern->type) == arms->type;
  AstNode *cover = is_whole || is_alternative ? covering_arm(arms, at, pattern) : NULL;
  if (!cover && is_alternative) cover = covering_alternative(arms, whole, pattern);
  if (cover) diag_note(diags_of(arms), diag, cover->span, "this pattern matches everything it would");
  else diag_note(diags_of(arms), diag, (Span){0}, "the patterns before it together match everything it would");
}

static void report_useless_alternatives(const Arms *arms, uint32_t at, AstNode *whole, const Pattern *pattern) {
  for (uint32_t i = 0; i < pattern->count; i++) {
    const Pattern *part = pattern->fields[i];
    bool is_useless = pattern->ctor.kind == CTOR_OR && part->ctor.kind != CTOR_OR && !part->is_useful && part->node;
    if (is_useless) report_unreachable(arms, at, whole, part->node, "this alternative");
    else if (part->node) report_useless_alternatives(arms, at, whole, part);
  }
}

static void report_useless_arms(const Arms *arms, const Matrix *matrix) {
  for (uint32_t i = 0; i < arms->count; i++) {
    AstNode *pattern = arms->match->match.arms->items[i]->arm.pattern;
    if (!matrix->rows[i].is_useful) report_unreachable(arms, i, pattern, pattern, "this arm");
    else report_useless_alternatives(arms, i, pattern, arms->patterns[i]);
  }
}

// ── Entry ───────────────────────────────────────────────────────────────────────────────────────────────────────
static bool lower_arms(Arms *arms) {
  arms->count = AST_LIST_COUNT(arms->match->match.arms);
  arms->patterns = arena_array(arms->check->arena, Pattern *, arms->count + 1);
  for (uint32_t i = 0; i < arms->count; i++) {
    AstNode *arm = arms->match->match.arms->items[i];
    if (arm->kind != AST_ARM) return false;
    arms->patterns[i] = match_lower(arms->check, arm->arm.pattern, arms->type);
  }
  return !arms->check->is_poisoned;
}

static bool ends_with_wildcard(const Arms *arms) {
  if (!arms->count) return false;
  const AstNode *last = arms->match->match.arms->items[arms->count - 1];
  return !last->arm.guard && arms->patterns[arms->count - 1]->ctor.kind == CTOR_WILD;
}

static void report_too_large(const Arms *arms) {
  if (ends_with_wildcard(arms)) return;
  Diag *diag = diag_report(diags_of(arms), QZ0107, arms->match->match.subject->span,
                           "match is too large to tell whether it is exhaustive");
  diag_help(diags_of(arms), diag, "add `_ => …` as the last arm, or match in two steps");
}

static void check_arms(Arms *arms) {
  if (!lower_arms(arms)) return;
  Matrix matrix = arms_matrix(arms, false);
  Witnesses missing = useful(arms->check, &matrix, true);
  if (arms->check->gave_up) {
    report_too_large(arms);
    return;
  }
  report_useless_arms(arms, &matrix);
  if (missing.size) report_missing(arms, &missing);
}

void sema_match_check(Program *program, AstNode *match) {
  Type *type = match_type(match->match.subject->type);
  if (!type || type->kind == TYPE_ERROR || type->kind == TYPE_VAR) return;
  Arena arena = {0};
  MatchCheck check = {.program = program, .arena = &arena};
  check_arms(&(Arms){.check = &check, .match = match, .type = type});
  arena_free(&arena);
}

bool sema_pattern_irrefutable(Program *program, AstNode *pattern, Type *type, const char **witness) {
  Arena arena = {0};
  MatchCheck check = {.program = program, .arena = &arena};
  Pattern *lowered = match_lower(&check, pattern, type);
  Witnesses missing = {0};
  if (!check.is_poisoned) {
    Matrix matrix = matrix_new(&check, 1, 1);
    matrix.types[0] = lowered->type;
    matrix_add(&check, &matrix, NULL, false)->columns[0] = lowered;
    missing = useful(&check, &matrix, true);
  }
  bool is_irrefutable = !missing.size && !check.gave_up;
  if (witness) *witness = missing.size ? witness_text(&check, missing.data[0][0]) : "_";
  arena_free(&arena);
  return is_irrefutable;
}
