#include "intrinsics/intrinsics.h"

#include <string.h>

static const IntrinsicInfo infos[INTRINSIC_COUNT] = {
    [INTRINSIC_NONE] = {.name = "", .signature = ""},
#define INTRINSIC_MIR(name, signature) [INTRINSIC_##name] = {#name, signature, false, false},
#define INTRINSIC_BACKEND(name, signature) [INTRINSIC_##name] = {#name, signature, true, false},
#define INTRINSIC_ATOMIC(name, signature) [INTRINSIC_##name] = {#name, signature, true, true},
#include "intrinsics/intrinsics.def"
};

const IntrinsicInfo *intrinsic_info(IntrinsicId id) { return &infos[id]; }

IntrinsicId intrinsic_find(const char *name) {
  for (int id = 1; id < INTRINSIC_COUNT; id++)
    if (strcmp(infos[id].name, name) == 0) return (IntrinsicId)id;
  return INTRINSIC_NONE;
}
