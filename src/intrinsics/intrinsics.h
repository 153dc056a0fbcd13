// The table of intrinsics, by id and by name.
#ifndef QZ_INTRINSICS_INTRINSICS_H
#define QZ_INTRINSICS_INTRINSICS_H

#include "base/interner.h"

typedef enum IntrinsicId {
  INTRINSIC_NONE,
#define INTRINSIC_MIR(name, signature) INTRINSIC_##name,
#define INTRINSIC_BACKEND(name, signature) INTRINSIC_##name,
#include "intrinsics/intrinsics.def"
  INTRINSIC_COUNT
} IntrinsicId;

// What an atomic operation promises about the others around it: std/core/atomic.qz has the same order.
typedef enum IntrinsicOrder {
  INTRINSIC_RELAXED,
  INTRINSIC_ACQUIRE,
  INTRINSIC_RELEASE,
  INTRINSIC_ACQ_REL,
  INTRINSIC_SEQ_CST,
  INTRINSIC_ORDER_COUNT
} IntrinsicOrder;

typedef struct IntrinsicInfo {
  const char *name;
  const char *signature;  // Quartz, for messages and documentation
  bool in_backend;        // false: the lowering expands it
  bool is_atomic;
} IntrinsicInfo;

const IntrinsicInfo *intrinsic_info(IntrinsicId id);
IntrinsicId intrinsic_find(const char *name);  // INTRINSIC_NONE: no such intrinsic

#endif
