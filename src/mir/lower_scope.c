// Scopes: what must be released, and which `defer` bodies must run, when control leaves. One stack of cleanups serves
// all ways out: the end of a statement or scope, break, continue, return, `?`, and panics.
//
// For panics the stack is also a chain of cleanup blocks. Each entry's block does its one thing and goes on to the
// block of the next live entry below; it is made when the first statement needs it and shared as long as what is below
// stays the same.
#include "mir/lower_internal.h"

#include <string.h>

static Cleanup *push(LowerFn *fn, Cleanup cleanup) {
  cleanup.is_live = true;
  cleanup.block = cleanup.next = MIR_NO_BLOCK;
  vec_push(fn->module->arena, &fn->cleanups, cleanup);
  return vec_last(&fn->cleanups);
}

void lower_own(LowerFn *fn, MirLocalId local, bool is_binding, Span span) {
  if (fn->function->locals.data[local].type->is_managed)
    push(fn, (Cleanup){.local = local, .is_binding = is_binding, .span = span});
}

void lower_defer_if(LowerFn *fn, AstNode *node, MirLocalId armed) {
  AstNode *body = node->defer.body;
  push(fn, (Cleanup){.local = NO_LOCAL, .defer = body, .armed = armed, .is_binding = true, .span = node->span});
}

void lower_defer(LowerFn *fn, AstNode *node) { lower_defer_if(fn, node, NO_LOCAL); }

static Cleanup *find_temp(LowerFn *fn, MirLocalId local) {
  for (uint32_t i = fn->cleanups.size; i-- > 0;) {
    Cleanup *cleanup = &fn->cleanups.data[i];
    if (cleanup->local == local && cleanup->is_live && !cleanup->is_binding) return cleanup;
  }
  return NULL;
}

MirOperand lower_consume(LowerFn *fn, MirOperand owned) {
  if (!owned.type->is_managed || owned.kind != MIR_OPERAND_COPY) return owned;
  Cleanup *cleanup = find_temp(fn, owned.place.local);
  assert(cleanup && !owned.place.projection_count && "only an owned temp can be consumed");
  cleanup->is_live = false;
  return mir_move(owned.place);
}

// ── Running cleanups ────────────────────────────────────────────────────────────────────────────────────────────
static void release(LowerFn *fn, MirLocalId local, Span span) {
  lower_effect(fn, MIR_OP_RELEASE, mir_copy(mir_place_local(fn->function, local)), span);
}

Cleanup *lower_cleanups_save(LowerFn *fn, uint32_t mark, uint32_t *count) {
  *count = fn->cleanups.size - mark;
  Cleanup *saved = arena_array(fn->module->arena, Cleanup, *count);
  if (*count) memcpy(saved, &fn->cleanups.data[mark], *count * sizeof *saved);
  return saved;
}

void lower_cleanups_restore(LowerFn *fn, uint32_t mark, const Cleanup *saved, uint32_t count) {
  fn->cleanups.size = mark;
  for (uint32_t i = 0; i < count; i++) vec_push(fn->module->arena, &fn->cleanups, saved[i]);
}

static void run_defer(LowerFn *fn, const Cleanup *cleanup) {
  MirBlockId end = MIR_NO_BLOCK;
  if (cleanup->armed != NO_LOCAL) {
    MirBlockId body = lower_block_new(fn);
    end = lower_block_new(fn);
    lower_branch(fn, mir_copy(mir_place_local(fn->function, cleanup->armed)), body, end, cleanup->span);
    lower_start(fn, body);
  }
  lower_statement(fn, cleanup->defer);
  if (end == MIR_NO_BLOCK) return;
  lower_goto(fn, end, cleanup->span);
  lower_start(fn, end);
}

// Does what entry number `at` says, with only the entries below it (and the value to keep) still to be cleaned up.
static void run(LowerFn *fn, uint32_t at, MirLocalId keep, Span span) {
  if (lower_is_dead(fn)) return;
  Cleanup cleanup = fn->cleanups.data[at];
  if (!cleanup.defer) {
    release(fn, cleanup.local, span);
    return;
  }
  uint32_t count;
  Cleanup *saved = lower_cleanups_save(fn, at, &count);
  fn->cleanups.size = at;
  if (keep != NO_LOCAL) lower_own(fn, keep, true, cleanup.span);
  run_defer(fn, &cleanup);
  lower_cleanups_restore(fn, at, saved, count);
}

void lower_exit(LowerFn *fn, uint32_t mark, MirLocalId keep, Span at) {
  for (uint32_t i = fn->cleanups.size; i-- > mark;)
    if (fn->cleanups.data[i].is_live) run(fn, i, keep, at);
}

static void truncate(LowerFn *fn, uint32_t mark) {
  if (fn->cleanups.size > mark) fn->cleanups.size = mark;
}

void lower_leave(LowerFn *fn, uint32_t mark, Span at) {
  lower_exit(fn, mark, NO_LOCAL, at);
  truncate(fn, mark);
}

static bool has_live(const LowerFn *fn, uint32_t mark) {
  for (uint32_t i = mark; i < fn->cleanups.size; i++)
    if (fn->cleanups.data[i].is_live) return true;
  return false;
}

// The value of a scope outlives what the scope releases: it is owned (or settled) first, then handed to what is
// outside.
MirOperand lower_leave_with(LowerFn *fn, uint32_t mark, MirOperand value, Span span) {
  if (!has_live(fn, mark)) {
    truncate(fn, mark);
    return value;
  }
  span = span_last(span);
  bool is_part = value.kind == MIR_OPERAND_COPY && value.place.projection_count;
  value = is_part ? lower_load(fn, value.place, span) : lower_owned(fn, value, span);
  MirOperand moved = lower_consume(fn, value);
  bool is_kept = moved.kind == MIR_OPERAND_MOVE;
  lower_exit(fn, mark, is_kept ? moved.place.local : NO_LOCAL, span);
  truncate(fn, mark);
  if (is_kept) lower_own(fn, moved.place.local, false, span);
  return value;
}

void lower_end_temps(LowerFn *fn, uint32_t mark) {
  for (uint32_t i = fn->cleanups.size; i-- > mark;) {
    Cleanup *cleanup = &fn->cleanups.data[i];
    if (!cleanup->is_live || cleanup->is_binding) continue;
    if (!lower_is_dead(fn)) release(fn, cleanup->local, cleanup->span);
    cleanup->is_live = false;
  }
  uint32_t kept = mark;
  for (uint32_t i = mark; i < fn->cleanups.size; i++)
    if (fn->cleanups.data[i].is_live) fn->cleanups.data[kept++] = fn->cleanups.data[i];
  truncate(fn, kept);
}

// ── Unwinding ───────────────────────────────────────────────────────────────────────────────────────────────────
static MirBlockId resume_block(LowerFn *fn) {
  if (fn->resume == MIR_NO_BLOCK) {
    fn->resume = lower_block_new(fn);
    fn->block = fn->resume;
    lower_emit(fn, MIR_OP_RESUME, fn->function->span, 0, 0);
  }
  return fn->resume;
}

static MirBlockId chain(LowerFn *fn, uint32_t below);

static MirBlockId make_block(LowerFn *fn, uint32_t at, MirBlockId next) {
  MirBlockId block = lower_block_new(fn);
  Span span = fn->cleanups.data[at].span;
  lower_start(fn, block);
  run(fn, at, NO_LOCAL, span);
  lower_goto(fn, next, span);
  return block;
}

// The block that cleans up all live entries under number `below`.
static MirBlockId chain(LowerFn *fn, uint32_t below) {
  while (below > 0 && !fn->cleanups.data[below - 1].is_live) below--;
  if (below == 0) return resume_block(fn);
  MirBlockId next = chain(fn, below - 1);
  Cleanup *cleanup = &fn->cleanups.data[below - 1];
  if (cleanup->block != MIR_NO_BLOCK && cleanup->next == next) return cleanup->block;
  MirBlockId block = make_block(fn, below - 1, next);
  cleanup = &fn->cleanups.data[below - 1];
  cleanup->block = block;
  cleanup->next = next;
  return block;
}

MirBlockId lower_unwind(LowerFn *fn) {
  if (!has_live(fn, 0)) return MIR_NO_BLOCK;
  MirBlockId block = fn->block;
  bool in_cleanup = fn->in_cleanup;
  fn->in_cleanup = true;
  MirBlockId unwind = chain(fn, fn->cleanups.size);
  fn->in_cleanup = in_cleanup;
  fn->block = block;
  return unwind;
}
