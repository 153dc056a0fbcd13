// What the files share that look at finished bodies: place.c, flow.c, moves.c, borrow.c, confine.c, crossing.c,
// guarded.c, reach.c, lint.c, narrow.c. Every type is final; they report, and note facts for the lowering.
#ifndef QZ_SEMA_ANALYSIS_H
#define QZ_SEMA_ANALYSIS_H

#include "sema/internal.h"

static inline Type *type_without_borrow(Type *type) { return type->kind == TYPE_BORROW ? type->borrow.inner : type; }
static inline bool node_is_borrow(const AstNode *node) {
  return node->kind == AST_UNARY && (node->unary.op == AST_OP_BORROW || node->unary.op == AST_OP_BORROW_MUT);
}
// The local that an IDENT reads or assigns; NULL: it is something else.
static inline Local *node_local(const AstNode *node) {
  bool is_local = node->kind == AST_IDENT && node->info && node->info->kind == INFO_LOCAL;
  return is_local ? node->info->local : NULL;
}
// The match that joined clauses (`def f(0)`, `def f(n)`) became: its patterns are parameters.
static inline bool node_is_clauses(const Checker *checker, const AstNode *node) {
  const Function *function = checker->instance->function;
  return function && node == checker->instance->body && node->kind == AST_MATCH &&
         node->span.start == function->node->span.start;
}

// ── Places (place.c) ────────────────────────────────────────────────────────────────────────────────────────────
// A variable, or a part of one: what can be borrowed and assigned.
typedef struct PlaceStep {
  AstNode *index;          // of an element; NULL: a field
  uint32_t field;
  bool through_reference;  // the part belongs to an object of its own, to which the place before only refers
} PlaceStep;

typedef struct Place {
  const void *root;  // Local or Global; NULL: a value that has no name
  Name name;         // of the root
  Local *through;    // the borrow through which the place was reached, or NULL
  VEC(PlaceStep) steps;
} Place;

// `borrows`: Local* → Place*, what the locals that are borrows look at.
Place place_of(Arena *arena, const Map *borrows, AstNode *node);
bool place_overlaps(const Place *a, const Place *b);

// ── What is known on the paths that lead to a point (flow.c) ────────────────────────────────────────────────────
typedef enum TrackFlags {
  TRACK_LIVE = 1,      // a linear value that waits to be consumed
  TRACK_MOVED = 2,     // it was consumed
  TRACK_DEFERRED = 4,  // a `defer` consumes it at the end of the scope
  TRACK_BOUND = 8,     // a borrow that looks at its place
} TrackFlags;

typedef struct Reason {
  Span span;
  const char *text;  // NULL: none
} Reason;

// Something that happened to the place of a borrow; an error as soon as the borrow is used afterwards.
typedef struct Conflict {
  DiagId id;
  Span span;
  const char *what;
} Conflict;

// One tracked local on the paths that lead here: flags of several paths are joined.
typedef struct Track {
  uint8_t flags;
  Span moved_at;
  Reason live_when;  // the path on which it is not consumed although it is on another
  const Conflict *conflict;
} Track;

typedef struct State {
  bool is_reachable;
  Track *tracks;  // one a tracked local
} State;

// Where `break`, `continue` and `return` lead.
typedef struct Exit {
  struct Exit *outer;
  Name label;
  bool is_function;    // the body itself or a lambda
  uint32_t scope_size; // locals in scope outside of it
  State left;          // joined: of breaks or returns
  State again;         // of continues
} Exit;

typedef struct Flow {
  Checker *checker;
  Context *context;
  Arena *arena;
  VEC(Local *) locals;     // tracked: linear ones and borrows
  Map numbers;             // Local* → its number + 1
  Map borrows;             // Local* → Place*
  State state;
  Exit *exit;
  VEC(uint32_t) scope;     // tracked locals that are in scope
  VEC(Span) reported;      // one message a place
} Flow;

// What becomes of the value of an expression.
typedef enum FlowUse { FLOW_READ, FLOW_MOVE, FLOW_DROP } FlowUse;

void flow_check(Checker *checker, AstNode *body);
void flow_visit(Flow *flow, AstNode *node, FlowUse use);
Track *flow_track(Flow *flow, const Local *local);  // in the current state; NULL: not tracked
bool flow_report_once(Flow *flow, Span span);       // false: there was a message about this span

// moves.c: linear values
void move_use(Flow *flow, AstNode *ident, FlowUse use);
void move_declare(Flow *flow, Local *local, bool is_view);
void move_overwrite(Flow *flow, AstNode *target, Local *local);
void move_leave(Flow *flow, uint32_t scope_size, Reason reason);  // control leaves the scopes above
void move_drop(Flow *flow, AstNode *node);                        // the value of a statement is dropped
bool move_is_view(Flow *flow, AstNode *node);                     // a part of something else: not the value's owner

// borrow.c
typedef enum ChangeKind { CHANGE_ASSIGN, CHANGE_MOVE, CHANGE_BORROW, CHANGE_BORROW_MUT } ChangeKind;
void borrow_declare(Flow *flow, Local *local, AstNode *borrowed);
void borrow_use(Flow *flow, AstNode *ident);
void borrow_change(Flow *flow, AstNode *place, ChangeKind kind, Span span);
void borrow_call(Flow *flow, const CallInfo *call);  // after its arguments were visited
Type *call_param_type(const CallInfo *call, uint32_t index);  // NULL: beyond the declared ones
void borrow_check_escapes(Checker *checker, AstNode *body);   // QZ1210 in a body
void borrow_check_types(Sema *sema, const Module *module);    // and in what a module declares

// confine.c: lambdas that captured one
void confine_check(Sema *sema);

// crossing.c: what lambdas take along into tasks
void crossing_check(Checker *checker, AstNode *body);
// reach.c: what tasks reach of what the whole program has
void reach_check(Sema *sema);
void crossing_report(Checker *checker, const AstNode *lambda, Local *local, Type *type);  // QZ1213
// guarded.c: what lambdas do that run under a lock
void guarded_check(Checker *checker, AstNode *body);

// ── Lints ───────────────────────────────────────────────────────────────────────────────────────────────────────
void lint_narrow(Checker *checker, AstNode *body);  // narrow.c: QZ7301

#endif
