// Loops. Whatever a loop needs on every turn (range limits, the iterator, the sequence being built) lives in a variable
// that is read again each time: no value crosses into a loop.
#include "mir/lower_internal.h"

static LowerLoop *push_loop(LowerFn *fn, Name label, MirBlockId break_block, MirBlockId continue_block) {
  LowerLoop *loop = arena_new(fn->module->arena, LowerLoop);
  *loop = (LowerLoop){.outer = fn->loops, .label = label, .break_block = break_block, .continue_block = continue_block,
                      .mark = fn->cleanups.size, .result = NO_LOCAL};
  return fn->loops = loop;
}

static void pop_loop(LowerFn *fn) { fn->loops = fn->loops->outer; }

static MirPlace variable(LowerFn *fn, MirType *type, MirOperand value, Span span) {
  MirPlace place = mir_place_local(fn->function, lower_local(fn, MIR_LOCAL_VAR, type, NAME_NONE, span));
  lower_write(fn, place, MIR_OP_USE, value, span);
  return place;
}

static Type *int_type(const LowerFn *fn) { return fn->lowering->program->types.basic[TYPE_INT]; }

// ── while, loop ─────────────────────────────────────────────────────────────────────────────────────────────────
MirOperand lower_while(LowerFn *fn, AstNode *node) {
  MirBlockId header = lower_block_new(fn), body = lower_block_new(fn), end = lower_block_new(fn);
  push_loop(fn, node->while_.label, end, header);
  lower_goto(fn, header, node->span);
  lower_start(fn, header);
  lower_condition(fn, node->while_.cond, node->while_.is_until ? end : body, node->while_.is_until ? body : end);
  lower_start(fn, body);
  lower_statement(fn, node->while_.body);
  lower_goto(fn, header, node->span);
  pop_loop(fn);
  lower_start(fn, end);
  return lower_void(fn);
}

MirOperand lower_loop(LowerFn *fn, AstNode *node) {
  MirBlockId body = lower_block_new(fn);
  LowerJoin join = lower_join_new(fn, node->type, node->span);
  LowerLoop *loop = push_loop(fn, node->loop.label, join.block, body);
  loop->result = join.result;
  loop->want = node->type;
  lower_goto(fn, body, node->span);
  lower_start(fn, body);
  lower_statement(fn, node->loop.body);
  lower_goto(fn, body, node->span);
  pop_loop(fn);
  return lower_join_end(fn, &join, node->span);
}

static LowerLoop *loop_named(const LowerFn *fn, Name label, Span span) {
  for (LowerLoop *loop = fn->loops; loop; loop = loop->outer)
    if (!label || loop->label == label) return loop;
  lower_unexpected(fn->lowering, span, "break or continue without its loop");
}

static MirOperand leave_loop(LowerFn *fn, const LowerLoop *loop, MirBlockId target, MirLocalId keep, Span span) {
  if (!lower_is_dead(fn)) {
    lower_exit(fn, loop->mark, keep, span);
    lower_goto(fn, target, span);
  }
  return mir_zero(lower_basic(fn, MIR_TYPE_NEVER));
}

MirOperand lower_break(LowerFn *fn, AstNode *node) {
  const LowerLoop *loop = loop_named(fn, node->break_.label, node->span);
  uint32_t mark = fn->cleanups.size;
  MirLocalId keep = NO_LOCAL;
  if (node->break_.value && loop->result == NO_LOCAL) {
    lower_statement(fn, node->break_.value);
  } else if (node->break_.value) {
    MirPlace result = mir_place_local(fn->function, loop->result);
    MirOperand value = lower_owned(fn, lower_expr(fn, node->break_.value, loop->want), node->span);
    lower_write(fn, result, MIR_OP_USE, lower_consume(fn, value), node->span);
    if (result.type->is_managed) keep = loop->result;
  }
  MirOperand never = leave_loop(fn, loop, loop->break_block, keep, node->span);
  fn->cleanups.size = mark;
  return never;
}

MirOperand lower_continue(LowerFn *fn, AstNode *node) {
  const LowerLoop *loop = loop_named(fn, node->continue_.label, node->span);
  return leave_loop(fn, loop, loop->continue_block, NO_LOCAL, node->span);
}

// ── Ranges as values ────────────────────────────────────────────────────────────────────────────────────────────
static uint32_t range_field(const LowerFn *fn, const FieldList *fields, const char *name, Span span) {
  for (uint32_t i = 0; i < fields->count; i++)
    if (fields->items[i].name == name_from(fn->lowering->context->names, name)) return i;
  lower_unexpected(fn->lowering, span, name);
}

static void range_ends(LowerFn *fn, AstNode *range, MirOperand *ends) {
  AstNode *nodes[] = {range->range.start, range->range.end};
  Type *types[] = {int_type(fn), int_type(fn)};
  if (nodes[0] && nodes[1]) {
    lower_operands(fn, nodes, types, NULL, 2, false, ends);
    return;
  }
  ends[0] = nodes[0] ? lower_expr(fn, nodes[0], types[0]) : lower_int(fn, 0);
  ends[1] = nodes[1] ? lower_expr(fn, nodes[1], types[1]) : lower_int(fn, INT64_MAX);
}

MirOperand lower_range(LowerFn *fn, AstNode *node) {
  if (node->info && node->info->kind == INFO_CALL) return lower_call(fn, node->info->call, NULL, node->span);
  const FieldList *fields = sema_fields(fn->lowering->program, node->type);
  MirOperand ends[2], parts[4];
  range_ends(fn, node, ends);
  parts[range_field(fn, fields, "start", node->span)] = ends[0];
  parts[range_field(fn, fields, "end", node->span)] = ends[1];
  parts[range_field(fn, fields, "is_inclusive", node->span)] = lower_bool(fn, node->range.is_inclusive);
  parts[range_field(fn, fields, "step", node->span)] = lower_int(fn, 1);
  MirType *type = lower_type(fn->lowering, node->type);
  return lower_result(fn, lower_many(fn, MIR_OP_STRUCT, type, parts, 4, node->span));
}

// ── One turn of a loop over elements ────────────────────────────────────────────────────────────────────────────
// `body` is run for each element, with the pattern's bindings in scope.
typedef void LoopBody(LowerFn *fn, AstNode *node, void *data);

typedef struct ForLoop {
  AstNode *node, *pattern, *iterable;
  const LoopInfo *info;
  Name label;
  LoopBody *body;
  void *data;
} ForLoop;

static void run_body(LowerFn *fn, const ForLoop *loop, LowerPlace element, uint32_t mark) {
  lower_destructure(fn, loop->pattern, element, loop->info->element, mark);
  loop->body(fn, loop->node, loop->data);
}

// Elements start, start + 1 … up to the limit. With an inclusive limit the test for the last one comes before the
// counter moves on, so that it cannot overflow at Int.MAX.
static void lower_count(LowerFn *fn, const ForLoop *loop) {
  Span span = loop->iterable->span;
  MirType *type = lower_basic(fn, MIR_TYPE_I64);
  MirOperand ends[2];
  range_ends(fn, loop->iterable, ends);
  bool is_inclusive = loop->iterable->range.is_inclusive;
  MirPlace counter = variable(fn, type, ends[0], span), limit = variable(fn, type, ends[1], span);
  MirBlockId header = lower_block_new(fn), body = lower_block_new(fn);
  MirBlockId step = lower_block_new(fn), next = is_inclusive ? lower_block_new(fn) : step, end = lower_block_new(fn);
  push_loop(fn, loop->label, end, step);
  lower_goto(fn, header, span);
  lower_start(fn, header);
  MirOp test = is_inclusive ? MIR_OP_LE : MIR_OP_LT;
  lower_branch(fn, lower_compare(fn, test, mir_copy(counter), mir_copy(limit), span), body, end, span);
  lower_start(fn, body);
  uint32_t mark = fn->cleanups.size;
  run_body(fn, loop, (LowerPlace){counter, PLACE_VARIABLE}, mark);
  lower_leave(fn, mark, span);
  lower_goto(fn, step, span);
  lower_start(fn, step);
  if (is_inclusive) {
    lower_branch(fn, lower_compare(fn, MIR_OP_EQ, mir_copy(counter), mir_copy(limit), span), end, next, span);
    lower_start(fn, next);
  }
  lower_write(fn, counter, MIR_OP_USE, lower_proved(fn, MIR_OP_ADD, mir_copy(counter), lower_int(fn, 1), span), span);
  lower_goto(fn, header, span);
  pop_loop(fn);
  lower_start(fn, end);
}

// ── Range values ────────────────────────────────────────────────────────────────────────────────────────────────
// The number of turns after the first is found before the loop, in U64, which holds the distance between any two Ints.
typedef struct RangeCounter {
  MirPlace start, end, step, is_inclusive;  // the range's fields
  MirPlace distance, stride;                // U64: from start towards end, and of one turn
  Span span;
} RangeCounter;

static MirOperand as_u64(LowerFn *fn, MirPlace place, Span span) {
  return lower_unary(fn, MIR_OP_CAST, lower_basic(fn, MIR_TYPE_U64), mir_copy(place), span);
}

// Sets distance and stride for one direction; goes to `empty` when start lies beyond end.
static void measure(LowerFn *fn, RangeCounter *range, bool is_rising, MirBlockId empty, MirBlockId done) {
  Span span = range->span;
  MirPlace low = is_rising ? range->start : range->end, high = is_rising ? range->end : range->start;
  MirType *type = lower_basic(fn, MIR_TYPE_U64);
  MirBlockId some = lower_block_new(fn);
  lower_branch(fn, lower_compare(fn, MIR_OP_GT, mir_copy(low), mir_copy(high), span), empty, some, span);
  lower_start(fn, some);
  MirOperand distance = lower_binary(fn, MIR_OP_WRAP_SUB, type, as_u64(fn, high, span), as_u64(fn, low, span), span);
  lower_write(fn, range->distance, MIR_OP_USE, distance, span);
  MirOperand stride = as_u64(fn, range->step, span);
  if (!is_rising) stride = lower_binary(fn, MIR_OP_WRAP_SUB, type, mir_int(type, 0), stride, span);
  lower_write(fn, range->stride, MIR_OP_USE, stride, span);
  lower_goto(fn, done, span);
}

static void measure_range(LowerFn *fn, RangeCounter *range, MirBlockId empty) {
  Span span = range->span;
  MirBlockId rising = lower_block_new(fn), falling = lower_block_new(fn), done = lower_block_new(fn);
  MirOperand is_falling = lower_compare(fn, MIR_OP_LT, mir_copy(range->step), lower_int(fn, 0), span);
  lower_branch(fn, is_falling, falling, rising, span);
  lower_start(fn, rising);
  measure(fn, range, true, empty, done);
  lower_start(fn, falling);
  measure(fn, range, false, empty, done);
  lower_start(fn, done);
}

// Half-open: the end itself does not count.
static void exclude_end(LowerFn *fn, RangeCounter *range, MirBlockId empty, MirBlockId first) {
  Span span = range->span;
  MirType *type = lower_basic(fn, MIR_TYPE_U64);
  MirBlockId open = lower_block_new(fn), some = lower_block_new(fn);
  lower_branch(fn, mir_copy(range->is_inclusive), first, open, span);
  lower_start(fn, open);
  lower_branch(fn, lower_compare(fn, MIR_OP_EQ, mir_copy(range->distance), mir_int(type, 0), span), empty, some, span);
  lower_start(fn, some);
  lower_write(fn, range->distance, MIR_OP_USE,
              lower_binary(fn, MIR_OP_WRAP_SUB, type, mir_copy(range->distance), mir_int(type, 1), span), span);
  lower_goto(fn, first, span);
}

static RangeCounter range_counter(LowerFn *fn, const ForLoop *loop) {
  Span span = loop->iterable->span;
  Type *type = lower_strip(loop->iterable->type);
  const FieldList *fields = sema_fields(fn->lowering->program, type);
  MirPlace range = variable(fn, lower_type(fn->lowering, type), lower_expr(fn, loop->iterable, type), span);
  RangeCounter counter = {.span = span};
  counter.start = mir_place_field(fn->module, range, range_field(fn, fields, "start", span));
  counter.end = mir_place_field(fn->module, range, range_field(fn, fields, "end", span));
  counter.step = mir_place_field(fn->module, range, range_field(fn, fields, "step", span));
  counter.is_inclusive = mir_place_field(fn->module, range, range_field(fn, fields, "is_inclusive", span));
  MirType *u64 = lower_basic(fn, MIR_TYPE_U64);
  counter.distance = mir_place_local(fn->function, lower_local(fn, MIR_LOCAL_VAR, u64, NAME_NONE, span));
  counter.stride = mir_place_local(fn->function, lower_local(fn, MIR_LOCAL_VAR, u64, NAME_NONE, span));
  return counter;
}

static void lower_range_value(LowerFn *fn, const ForLoop *loop) {
  Span span = loop->iterable->span;
  MirType *u64 = lower_basic(fn, MIR_TYPE_U64);
  RangeCounter range = range_counter(fn, loop);
  MirPlace counter = variable(fn, lower_basic(fn, MIR_TYPE_I64), mir_copy(range.start), span);
  MirBlockId end = lower_block_new(fn), first = lower_block_new(fn), body = lower_block_new(fn);
  MirBlockId step = lower_block_new(fn), next = lower_block_new(fn);
  measure_range(fn, &range, end);
  exclude_end(fn, &range, end, first);
  lower_start(fn, first);
  MirOperand turns = lower_binary(fn, MIR_OP_DIV, u64, mir_copy(range.distance), mir_copy(range.stride), span);
  MirPlace remaining = variable(fn, u64, turns, span);
  push_loop(fn, loop->label, end, step);
  lower_goto(fn, body, span);
  lower_start(fn, body);
  uint32_t mark = fn->cleanups.size;
  run_body(fn, loop, (LowerPlace){counter, PLACE_VARIABLE}, mark);
  lower_leave(fn, mark, span);
  lower_goto(fn, step, span);
  lower_start(fn, step);
  lower_branch(fn, lower_compare(fn, MIR_OP_EQ, mir_copy(remaining), mir_int(u64, 0), span), end, next, span);
  lower_start(fn, next);
  lower_write(fn, remaining, MIR_OP_USE, lower_proved(fn, MIR_OP_SUB, mir_copy(remaining), mir_int(u64, 1), span),
              span);
  lower_write(fn, counter, MIR_OP_USE,
              lower_binary(fn, MIR_OP_WRAP_ADD, counter.type, mir_copy(counter), mir_copy(range.step), span), span);
  lower_goto(fn, body, span);
  pop_loop(fn);
  lower_start(fn, end);
}

// ── Iterators ───────────────────────────────────────────────────────────────────────────────────────────────────
static MirPlace iterator_variable(LowerFn *fn, const ForLoop *loop) {
  const LoopInfo *info = loop->info;
  Span span = loop->iterable->span;
  uint32_t mark = fn->cleanups.size;
  MirOperand iterator =
      info->iter ? lower_call(fn, info->iter, NULL, span) : lower_expr(fn, loop->iterable, info->iterator);
  MirOperand owned = lower_consume(fn, lower_owned(fn, iterator, span));
  MirPlace place = variable(fn, lower_type(fn->lowering, info->iterator), owned, span);
  lower_end_temps(fn, mark);
  lower_own(fn, place.local, true, span);
  fn->variables.data[place.local] = true;
  return place;
}

static uint32_t variant_named(const LowerFn *fn, Type *type, Name name, Span span) {
  const VariantList *variants = sema_variants(fn->lowering->program, type);
  for (uint32_t i = 0; i < variants->count; i++)
    if (variants->items[i].name == name) return i;
  lower_unexpected(fn->lowering, span, "Option without its variants");
}

static void lower_iterate(LowerFn *fn, const ForLoop *loop) {
  Span span = loop->iterable->span;
  Type *option = loop->info->next->instance->result;
  uint32_t some = variant_named(fn, option, NAME_Some, span), none = variant_named(fn, option, NAME_None, span);
  uint32_t scope = fn->cleanups.size;
  MirOperand iterator = mir_copy(iterator_variable(fn, loop));
  MirBlockId header = lower_block_new(fn), body = lower_block_new(fn);
  MirBlockId last = lower_block_new(fn), end = lower_block_new(fn);
  push_loop(fn, loop->label, end, header);
  lower_goto(fn, header, span);
  lower_start(fn, header);
  uint32_t mark = fn->cleanups.size;
  LowerPlace found = lower_materialise(fn, lower_call(fn, loop->info->next, &iterator, span), span);
  MirOperand tag = lower_unary(fn, MIR_OP_TAG, lower_basic(fn, MIR_TYPE_I64), mir_copy(found.place), span);
  int64_t none_tag = sema_variants(fn->lowering->program, option)->items[none].tag;
  lower_switch(fn, tag, &none_tag, &last, 1, body, span);
  lower_start(fn, last);
  lower_exit(fn, mark, NO_LOCAL, span);
  lower_goto(fn, end, span);
  lower_start(fn, body);
  LowerPlace element = {lower_payload(fn, found.place, option, some, 0), PLACE_FIXED};
  run_body(fn, loop, element, mark);
  lower_leave(fn, mark, span);
  lower_goto(fn, header, span);
  pop_loop(fn);
  lower_start(fn, end);
  lower_leave(fn, scope, span_last(loop->node->span));
}

static void lower_elements(LowerFn *fn, const ForLoop *loop) {
  if (loop->info->kind == LOOP_ITERATOR) lower_iterate(fn, loop);
  else if (loop->iterable->kind == AST_RANGE) lower_count(fn, loop);
  else lower_range_value(fn, loop);
}

// ── for and comprehensions ──────────────────────────────────────────────────────────────────────────────────────
static void for_body(LowerFn *fn, AstNode *node, void *data) {
  (void)data;
  lower_statement(fn, node->for_.body);
}

MirOperand lower_for(LowerFn *fn, AstNode *node) {
  ForLoop loop = {.node = node, .pattern = node->for_.pattern, .iterable = node->for_.iterable,
                  .info = node->info->loop, .label = node->for_.label, .body = for_body};
  lower_elements(fn, &loop);
  return lower_void(fn);
}

static void add_element(LowerFn *fn, AstNode *node, MirOperand sequence) {
  Instance *add = node->info->loop->sequence->add;
  AstNode *entry[] = {node->comprehension.key, node->comprehension.value};
  if (entry[0]) lower_sequence_add(fn, add, sequence, entry, 2, node->span);
  else lower_sequence_add(fn, add, sequence, entry + 1, 1, node->span);
}

static void comprehension_body(LowerFn *fn, AstNode *node, void *sequence) {
  MirBlockId end = lower_block_new(fn);
  if (node->comprehension.cond) {
    MirBlockId holds = lower_block_new(fn);
    lower_condition(fn, node->comprehension.cond, holds, end);
    lower_start(fn, holds);
  }
  add_element(fn, node, *(MirOperand *)sequence);
  lower_goto(fn, end, node->span);
  lower_start(fn, end);
}

MirOperand lower_comprehension(LowerFn *fn, AstNode *node) {
  const SequenceInfo *sequence = node->info->loop->sequence;
  MirOperand made = lower_sequence_new(fn, sequence, 0, node->span);
  MirOperand owned = lower_consume(fn, lower_owned(fn, made, node->span));
  MirPlace place = variable(fn, made.type, owned, node->span);
  lower_own(fn, place.local, false, node->span);
  MirOperand value = mir_copy(place);
  ForLoop loop = {.node = node, .pattern = node->comprehension.pattern, .iterable = node->comprehension.iterable,
                  .info = node->info->loop, .body = comprehension_body, .data = &value};
  lower_elements(fn, &loop);
  return lower_sequence_finish(fn, sequence, value, node->span);
}
