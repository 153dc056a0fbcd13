// Places: variables and their parts, and which of them share memory.
#include "sema/analysis.h"

static void add_step(Arena *arena, Place *place, const AstNode *object, PlaceStep step) {
  step.through_reference |= type_is_reference(type_without_borrow(object->type));
  vec_push(arena, &place->steps, step);
}

// A borrow stands for what it looks at.
static Place place_of_local(Arena *arena, const Map *borrows, Local *local) {
  const Place *borrowed = map_get(borrows, map_key(local));
  Place place = {.root = local, .name = local->name};
  if (!borrowed) return place;
  place = *borrowed;
  place.through = local;
  place.steps.data = NULL;
  place.steps.size = place.steps.capacity = 0;
  for (uint32_t i = 0; i < borrowed->steps.size; i++) vec_push(arena, &place.steps, borrowed->steps.data[i]);
  return place;
}

static Place place_of_name(Arena *arena, const Map *borrows, AstNode *node) {
  const SemaInfo *info = node->info;
  if (info && info->kind == INFO_LOCAL && info->local) return place_of_local(arena, borrows, info->local);
  if (info && info->kind == INFO_GLOBAL) return (Place){.root = info->global, .name = info->global->name};
  return (Place){0};
}

static Place place_of_field(Arena *arena, const Map *borrows, AstNode *node, AstNode *object) {
  if (!node->info || node->info->kind != INFO_FIELD || node->info->is_tag) return place_of_name(arena, borrows, node);
  Place place = place_of(arena, borrows, object);
  add_step(arena, &place, object, (PlaceStep){.field = node->info->index});
  return place;
}

static Place place_of_element(Arena *arena, const Map *borrows, AstNode *node) {
  Place place = place_of(arena, borrows, node->index.object);
  bool is_array = type_without_borrow(node->index.object->type)->kind == TYPE_ARRAY;
  PlaceStep step = {.index = node->index.args->items[0], .through_reference = !is_array};
  add_step(arena, &place, node->index.object, step);
  return place;
}

Place place_of(Arena *arena, const Map *borrows, AstNode *node) {
  switch ((int)node->kind) {
    case AST_IDENT:
    case AST_PATH: return place_of_name(arena, borrows, node);
    case AST_FIELD: return place_of_field(arena, borrows, node, node->field.object);
    case AST_TUPLE_FIELD: return place_of_field(arena, borrows, node, node->tuple_field.object);
    case AST_INDEX: return place_of_element(arena, borrows, node);
    case AST_UNARY: return node_is_borrow(node) ? place_of(arena, borrows, node->unary.operand) : (Place){0};
    default: return (Place){0};
  }
}

// An index that is the same number each time it is evaluated.
static bool is_fixed(const AstNode *index) {
  const Local *local = node_local(index);
  return index->kind == AST_INT_LIT || (local && !local->is_assigned);
}

// Elements are taken to be the same only where that is certain.
static bool same_step(const PlaceStep *a, const PlaceStep *b) {
  if (!a->index || !b->index) return !a->index && !b->index && a->field == b->field;
  return is_fixed(a->index) && is_fixed(b->index) && ast_equal(a->index, b->index);
}

// `p` and `p.x` overlap, `p.x` and `p.y` do not; nor do `p` and `p.x` when p refers to an object elsewhere.
bool place_overlaps(const Place *a, const Place *b) {
  if (!a->root || a->root != b->root) return false;
  const Place *longer = a->steps.size < b->steps.size ? b : a;
  uint32_t common = a->steps.size < b->steps.size ? a->steps.size : b->steps.size;
  for (uint32_t i = 0; i < common; i++)
    if (!same_step(&a->steps.data[i], &b->steps.data[i])) return false;
  for (uint32_t i = common; i < longer->steps.size; i++)
    if (longer->steps.data[i].through_reference) return false;
  return true;
}
