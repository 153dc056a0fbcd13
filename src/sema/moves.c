// Linear values: each is consumed exactly once on every path (QZ1211, QZ1212). Passing it, returning it, storing it or
// giving it another name consumes it; reading a field, comparing and borrowing do not. A parameter is consumed by the
// call that passed it, so the function may leave it as it is.
#include "sema/analysis.h"

static const char *name_of(const Flow *flow, const Local *local) {
  return name_text(flow->context->names, local->name);
}

// ── Use ─────────────────────────────────────────────────────────────────────────────────────────────────────────
static void report_moved(Flow *flow, const AstNode *ident, const Local *local, const Track *track) {
  if (!flow_report_once(flow, ident->span)) return;
  flow_report_once(flow, local->span);  // whether it is consumed on every path is no question any more
  DiagList *diags = flow->context->diags;
  bool is_same = track->moved_at.start == ident->span.start && track->moved_at.end == ident->span.end;
  Diag *diag = diag_report(diags, QZ1211, ident->span, "%s was consumed before", name_of(flow, local));
  diag_note(diags, diag, track->moved_at, "%s",
            is_same                         ? "by this in an earlier round of the loop"
            : track->flags & TRACK_DEFERRED ? "this consumes it at the end of the scope"
                                            : "consumed here");
}

static void report_borrowed(Flow *flow, const AstNode *ident, const Local *local) {
  if (!flow_report_once(flow, ident->span)) return;
  Diag *diag = diag_report(flow->context->diags, QZ1211, ident->span, "%s is borrowed here and cannot be consumed",
                           name_of(flow, local));
  diag_note(flow->context->diags, diag, local->span, "it belongs to somebody else");
}

static void consume(Flow *flow, AstNode *ident, const Local *local, Track *track) {
  if (track->flags & (TRACK_MOVED | TRACK_DEFERRED)) {
    report_moved(flow, ident, local, track);
    return;
  }
  if (!(track->flags & TRACK_LIVE)) return;  // a part of something else
  track->flags = TRACK_MOVED;
  track->moved_at = ident->span;
  track->live_when = (Reason){0};
  borrow_change(flow, ident, CHANGE_MOVE, ident->span);
}

void move_use(Flow *flow, AstNode *ident, FlowUse use) {
  const Local *local = node_local(ident);
  if (!flow->state.is_reachable || !local || !type_is_linear(type_without_borrow(local->type))) return;
  bool is_borrow = local->type->kind == TYPE_BORROW;
  if (is_borrow && use == FLOW_MOVE) report_borrowed(flow, ident, local);
  Track *track = flow_track(flow, local);
  if (is_borrow || !track) return;
  if (use == FLOW_MOVE) consume(flow, ident, local, track);
  else if (track->flags & TRACK_MOVED) report_moved(flow, ident, local, track);
}

// ── The end of a scope ──────────────────────────────────────────────────────────────────────────────────────────
static void report_left(Flow *flow, const Local *local, const Track *track, Reason reason) {
  if (!flow_report_once(flow, local->span)) return;
  DiagList *diags = flow->context->diags;
  bool is_partial = (track->flags & (TRACK_MOVED | TRACK_DEFERRED)) || reason.text;
  Diag *diag =
      diag_report(diags, QZ1212, local->span, is_partial ? "%s is not consumed on every path" : "%s is never consumed",
                  name_of(flow, local));
  if (track->live_when.text) diag_note(diags, diag, track->live_when.span, "not consumed %s", track->live_when.text);
  else if (reason.text) diag_note(diags, diag, reason.span, "not consumed %s", reason.text);
  diag_help(diags, diag, "pass it to a function that takes %s", type_text(flow->context, local->type));
}

void move_leave(Flow *flow, uint32_t scope_size, Reason reason) {
  if (!flow->state.is_reachable) return;
  for (uint32_t i = scope_size; i < flow->scope.size; i++) {
    uint32_t number = flow->scope.data[i];
    const Local *local = flow->locals.data[number];
    const Track *track = &flow->state.tracks[number];
    if ((track->flags & TRACK_LIVE) && !local->is_param) report_left(flow, local, track, reason);
  }
}

void move_drop(Flow *flow, AstNode *node) {
  if (!flow->state.is_reachable || !node->type || !type_is_linear(node->type) || node->kind == AST_IDENT) return;
  if (move_is_view(flow, node) || !flow_report_once(flow, node->span)) return;
  diag_report(flow->context->diags, QZ1212, node->span, "the %s that this gives is never consumed",
              type_text(flow->context, node->type));
}

// ── Binding ─────────────────────────────────────────────────────────────────────────────────────────────────────
void move_declare(Flow *flow, Local *local, bool is_view) {
  Track *track = flow_track(flow, local);
  if (!track || local->type->kind == TYPE_BORROW) return;
  *track = (Track){.flags = is_view ? 0 : TRACK_LIVE};
  uint32_t number = (uint32_t)(track - flow->state.tracks);
  vec_push(flow->arena, &flow->scope, number);
}

void move_overwrite(Flow *flow, AstNode *target, Local *local) {
  Track *track = flow_track(flow, local);
  if (!track || local->type->kind == TYPE_BORROW) return;
  if (flow->state.is_reachable && (track->flags & TRACK_LIVE))
    report_left(flow, local, track, (Reason){target->span, "before it is replaced here"});
  *track = (Track){.flags = TRACK_LIVE};
}

static bool is_view_of_name(Flow *flow, AstNode *node) {
  Local *local = node_local(node);
  const Track *track = local ? flow_track(flow, local) : NULL;
  return track && local->type->kind != TYPE_BORROW ? !track->flags : true;
}

static bool is_view_of_any_arm(Flow *flow, const AstNode *node) {
  for (AST_EACH(arm, node->match.arms))
    if (move_is_view(flow, arm->arm.body)) return true;
  return false;
}

// To be asked before the node is visited, which may consume the name it is.
bool move_is_view(Flow *flow, AstNode *node) {
  switch ((int)node->kind) {
    case AST_IDENT: return is_view_of_name(flow, node);
    case AST_PATH:
    case AST_FIELD:
    case AST_TUPLE_FIELD:
    case AST_INDEX: return true;
    case AST_BLOCK: {
      uint32_t count = AST_LIST_COUNT(node->block.stmts);
      return count && move_is_view(flow, node->block.stmts->items[count - 1]);
    }
    case AST_IF:
      return move_is_view(flow, node->if_.then_body) ||
             (node->if_.else_body && move_is_view(flow, node->if_.else_body));
    case AST_MATCH: return is_view_of_any_arm(flow, node);
    case AST_INTRINSIC:
      return AST_LIST_COUNT(node->intrinsic.args) && move_is_view(flow, node->intrinsic.args->items[0]);
    default: return false;
  }
}
