// `for` and comprehensions: over ranges, over what has iter(), over what has next().
#include "sema/internal.h"

static Type *error_of(Checker *checker) { return basic(checker, TYPE_ERROR); }

static bool is_range(Checker *checker, const Type *type) {
  return type->kind == TYPE_STRUCT && type->nominal.decl == prelude_type(checker->sema, NAME_Range);
}

// The T of Option<T>; NULL: another type.
static Type *option_element(Type *type) {
  type = resolve_head(type);
  return type->kind == TYPE_ENUM && type->nominal.decl->name == NAME_Option ? type->nominal.args->items[0] : NULL;
}

static Type *not_iterable(Checker *checker, AstNode *iterable, Type *type) {
  if (type->kind == TYPE_ERROR) return type;
  Diag *diag =
      diag_report(checker->context->diags, QZ0106, iterable->span, "a value of type %s cannot be iterated over",
                  type_text(checker->context, resolve(checker, type)));
  diag_help(checker->context->diags, diag, "it needs a method iter(self), or next(self) that gives an Option");
  return error_of(checker);
}

static Type *use_iterator(Checker *checker, AstNode *iterable, Type *type, LoopInfo *loop) {
  AstNode *args[] = {iterable};
  Type *types[] = {type}, *result = type;
  loop->iter = call_operator(checker, iterable, NAME_iter, args, types, 1, &result);
  Type *iterator = loop->iter ? resolve_head(result) : type;
  keep_type(checker, &loop->iterator, iterator);
  AstNode *hidden[] = {NULL};
  loop->next = call_operator(checker, iterable, NAME_next, hidden, &iterator, 1, &result);
  Type *element = loop->next ? option_element(result) : NULL;
  return element ? element : not_iterable(checker, iterable, type);
}

static LoopInfo *check_iterable(Checker *checker, AstNode *node, AstNode *iterable) {
  LoopInfo *loop = arena_new(checker->arena, LoopInfo);
  info_new(checker, node, INFO_LOOP)->loop = loop;
  Type *type = resolve_head(check_expr(checker, iterable, NULL));
  if (type->kind == TYPE_BORROW) type = resolve_head(type->borrow.inner);
  loop->kind = is_range(checker, type) ? LOOP_RANGE : LOOP_ITERATOR;
  Type *element = loop->kind == LOOP_RANGE ? basic(checker, TYPE_INT) : use_iterator(checker, iterable, type, loop);
  keep_type(checker, &loop->element, element);
  return loop;
}

Type *check_for(Checker *checker, AstNode *node) {
  LoopInfo *loop = check_iterable(checker, node, node->for_.iterable);
  LoopContext context = {.parent = checker->loop, .label = node->for_.label, .lambda = checker->lambda};
  checker->loop = &context;
  scope_push(checker);
  check_binding_pattern(checker, node->for_.pattern, loop->element, false);
  scope_push(checker);
  check_expr(checker, node->for_.body, basic(checker, TYPE_VOID));
  scope_pop(checker);
  scope_pop(checker);
  checker->loop = context.parent;
  return basic(checker, TYPE_VOID);
}

static Type *wanted_argument(Type *expected, Name name, uint32_t index) {
  Type *head = expected ? resolve_head(expected) : NULL;
  bool fits =
      head && head->kind == TYPE_STRUCT && head->nominal.decl->name == name && index < head->nominal.args->count;
  return fits ? head->nominal.args->items[index] : NULL;
}

static Type *element_value(Checker *checker, AstNode *node, Type *hint) {
  Type *type = check_value(checker, node, hint ? hint : fresh(checker, node->span));
  return hint ? hint : type;
}

Type *check_comprehension(Checker *checker, AstNode *node, Type *expected) {
  LoopInfo *loop = check_iterable(checker, node, node->comprehension.iterable);
  scope_push(checker);
  check_binding_pattern(checker, node->comprehension.pattern, loop->element, false);
  if (node->comprehension.cond) check_value(checker, node->comprehension.cond, basic(checker, TYPE_BOOL));
  bool is_map = node->comprehension.key != NULL;
  Name name = is_map ? NAME_Map : NAME_Vec;
  Type *args[2];
  uint32_t count = 0;
  if (is_map) args[count++] = element_value(checker, node->comprehension.key, wanted_argument(expected, name, 0));
  args[count] = element_value(checker, node->comprehension.value, wanted_argument(expected, name, count));
  count++;
  scope_pop(checker);
  Type *type = type_named(checker->sema, name, args, count);
  loop->sequence = sequence_info(checker, node, type, is_map);
  return type;
}
