// For the tests of single parts of sema: a program without declarations, whose types the test makes by hand.
#ifndef QZ_SPEC_SEMA_SUPPORT_H
#define QZ_SPEC_SEMA_SUPPORT_H

#include "sema/sema.h"
#include "spec/unit/front.h"

typedef struct Unit {
  Front front;
  Program program;
} Unit;

static inline int set_up(void **state) {
  static Unit unit;
  unit = (Unit){0};
  front_open(&unit.front);
  unit.program.context = &unit.front.context;
  type_table_init(&unit.program.types, &unit.front.arena, &unit.front.names);
  *state = &unit;
  return 0;
}

static inline int tear_down(void **state) {
  front_close(&((Unit *)*state)->front);
  return 0;
}

static inline Type *basic(Unit *unit, TypeKind kind) { return unit->program.types.basic[kind]; }

#endif
