// Which object types can hold themselves: the strongly connected components (Tarjan 1972) of the graph whose edges lead
// from a type to what releasing a value of it may release. A function value may be any closure of the program; behind a
// `ptr` field the elements of a container are released by its drop.
#include "mir/glue.h"

typedef struct Search {
  MirModule *module;
  Arena *arena;
  VEC(MirType *) closures;  // the OBJECT of every closure made
  uint32_t *number;  // by type id, 0: not seen; the last entry stands for "some closure"
  uint32_t *low;
  bool *on_stack;
  VEC(uint32_t) stack;
  uint32_t next_number;
  MirBits *recursive;
} Search;

static void find_closures(Search *s) {
  Map seen = {0};
  for (uint32_t f = 0; f < s->module->functions.size; f++) {
    const MirFunction *function = s->module->functions.data[f];
    for (uint32_t b = 0; b < function->blocks.size; b++) {
      const MirBlock *block = function->blocks.data[b];
      for (uint32_t i = 0; i < block->stmts.size; i++) {
        MirType *type = block->stmts.data[i].type;
        if (block->stmts.data[i].op != MIR_OP_CLOSURE || map_put(s->arena, &seen, type->id, type)) continue;
        vec_push(s->arena, &s->closures, type);
      }
    }
  }
}

static uint32_t any_closure(const Search *s) { return s->module->types.all.size; }

static void visit(Search *s, uint32_t node);

static void follow(Search *s, uint32_t from, uint32_t to) {
  if (!s->number[to]) {
    visit(s, to);
    if (s->low[to] < s->low[from]) s->low[from] = s->low[to];
  } else if (s->on_stack[to] && s->number[to] < s->low[from]) {
    s->low[from] = s->number[to];
  }
}

static void follow_fields(Search *s, uint32_t from, const MirField *fields, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) follow(s, from, fields[i].type->id);
}

static void follow_type(Search *s, const MirType *type) {
  switch (mir_type_kind_parts(type->kind)) {
    case MIR_PARTS_NONE: return;
    case MIR_PARTS_TARGET:
      if (type->ptr.to) follow(s, type->id, type->ptr.to->id);
      return;
    case MIR_PARTS_SIGNATURE: follow(s, type->id, any_closure(s)); return;
    case MIR_PARTS_FIELDS: follow_fields(s, type->id, type->fields.fields, type->fields.field_count); return;
    case MIR_PARTS_VARIANTS:
      for (uint32_t i = 0; i < type->enum_.variant_count; i++)
        follow_fields(s, type->id, type->enum_.variants[i].fields, type->enum_.variants[i].field_count);
      return;
    case MIR_PARTS_ELEMENT: follow(s, type->id, type->array.element->id); return;
  }
}

static void follow_node(Search *s, uint32_t node) {
  if (node != any_closure(s)) {
    follow_type(s, s->module->types.all.data[node]);
    return;
  }
  for (uint32_t i = 0; i < s->closures.size; i++) follow(s, node, s->closures.data[i]->id);
}

// A component of one node is no cycle: an object reaches itself only through at least one type of reference.
static void pop_component(Search *s, uint32_t node) {
  bool is_cycle = *vec_last(&s->stack) != node;
  uint32_t popped;
  do {
    popped = vec_pop(&s->stack);
    s->on_stack[popped] = false;
    if (is_cycle) mir_bits_add(s->recursive, popped);
  } while (popped != node);
}

static void visit(Search *s, uint32_t node) {
  s->number[node] = s->low[node] = ++s->next_number;
  s->on_stack[node] = true;
  vec_push(s->arena, &s->stack, node);
  follow_node(s, node);
  if (s->low[node] == s->number[node]) pop_component(s, node);
}

const MirBits *mir_find_recursive_objects(MirModule *module) {
  Arena *arena = module->arena;
  uint32_t nodes = module->types.all.size + 1;
  Search s = {.module = module, .arena = arena};
  s.number = arena_array(arena, uint32_t, nodes);
  s.low = arena_array(arena, uint32_t, nodes);
  s.on_stack = arena_array(arena, bool, nodes);
  s.recursive = arena_array(arena, MirBits, mir_bits_words(nodes));
  find_closures(&s);
  for (uint32_t i = 0; i < nodes; i++)
    if (!s.number[i]) visit(&s, i);
  return s.recursive;
}
