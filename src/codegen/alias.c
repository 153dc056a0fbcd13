// TBAA: which accesses cannot be the same memory. The tree, where an access may alias its ancestors and descendants:
//
//   Quartz
//   ├─ memory            what a Ptr or a borrow leads to; also object fields and globals whose address is taken
//   │  ├─ number         … read as a number, a bool, a char or a plain pointer
//   │  ├─ counted        … read as a string, a reference or a closure
//   │  ├─ count          the count in an object's header
//   │  └─ code           the code of a closure
//   ├─ Type.field        one node a field of an object type, if nothing in the program takes its address
//   └─ global            one node a global, under the same condition
//
// What makes it true: a field's or global's address comes from ADDR (or from glue that retains and releases in place),
// and the whole program is known, so a pointer cannot lead to a field that no ADDR names. Memory that holds a counted
// pointer is never read as a number or the other way round, except as bytes or as 32-bit integers (the count is read
// so): accesses of 8- and 32-bit integers are plain `memory`, and mem_copy, mem_move and mem_compare are calls that
// may touch anything. Numbers of different types do alias: a buffer may be read with another width than it was written.
// Locals carry no tag; LLVM sees by itself which of them escape.
#include "codegen/emit.h"

#include <string.h>

static LLVMMetadataRef string_node(EmitModule *m, const char *text) {
  return LLVMMDStringInContext2(m->llvm, text, strlen(text));
}

static LLVMMetadataRef zero_node(EmitModule *m) { return LLVMValueAsMetadata(LLVMConstNull(m->i64)); }

static LLVMMetadataRef type_node(EmitModule *m, const char *name, LLVMMetadataRef parent) {
  LLVMMetadataRef parts[] = {string_node(m, name), parent, zero_node(m)};
  return LLVMMDNodeInContext2(m->llvm, parts, 3);
}

static LLVMMetadataRef root_node(EmitModule *m) {
  LLVMMetadataRef name = string_node(m, "Quartz");
  return LLVMMDNodeInContext2(m->llvm, &name, 1);
}

static LLVMMetadataRef memory_node(EmitModule *m) { return type_node(m, "memory", root_node(m)); }

static LLVMValueRef tag_of(EmitModule *m, LLVMMetadataRef node) {
  LLVMMetadataRef parts[] = {node, node, zero_node(m)};
  return LLVMMetadataAsValue(m->llvm, LLVMMDNodeInContext2(m->llvm, parts, 3));
}

typedef enum MemoryClass {
  CLASS_MEMORY,
  CLASS_NUMBER,
  CLASS_COUNTED,
  CLASS_COUNT,
  CLASS_CODE,
  CLASS_FIRST_FREE
} MemoryClass;

static LLVMMetadataRef class_node(EmitModule *m, MemoryClass class) {
  switch (class) {
    case CLASS_NUMBER: return type_node(m, "number", memory_node(m));
    case CLASS_COUNTED: return type_node(m, "counted", memory_node(m));
    case CLASS_COUNT: return type_node(m, "count", memory_node(m));
    case CLASS_CODE: return type_node(m, "code", memory_node(m));
    case CLASS_MEMORY:
    case CLASS_FIRST_FREE: break;
  }
  return memory_node(m);
}

static LLVMValueRef class_tag(EmitModule *m, MemoryClass class) {
  if (m->options->level == CODEGEN_O0) return NULL;
  LLVMValueRef tag = map_get(&m->alias_nodes, class);
  if (tag) return tag;
  tag = tag_of(m, class_node(m, class));
  map_put(m->arena, &m->alias_nodes, class, tag);
  return tag;
}

static MemoryClass class_of(const MirType *type) {
  switch (type->kind) {
    case MIR_TYPE_BOOL:
    case MIR_TYPE_I16:
    case MIR_TYPE_U16:
    case MIR_TYPE_I64:
    case MIR_TYPE_U64:
    case MIR_TYPE_CHAR:
    case MIR_TYPE_F32:
    case MIR_TYPE_F64:
    case MIR_TYPE_PTR: return CLASS_NUMBER;
    case MIR_TYPE_STRING:
    case MIR_TYPE_REF:
    case MIR_TYPE_FN: return CLASS_COUNTED;
    case MIR_TYPE_I8:
    case MIR_TYPE_U8:
    case MIR_TYPE_I32:
    case MIR_TYPE_U32:
    case MIR_TYPE_VOID:
    case MIR_TYPE_NEVER:
    case MIR_TYPE_OBJECT:
    case MIR_TYPE_STRUCT:
    case MIR_TYPE_ENUM:
    case MIR_TYPE_ARRAY:
    case MIR_TYPE_KIND_COUNT: break;
  }
  return CLASS_MEMORY;
}

LLVMValueRef emit_alias_pointer(EmitModule *m, const MirType *accessed) { return class_tag(m, class_of(accessed)); }
LLVMValueRef emit_alias_count(EmitModule *m) { return class_tag(m, CLASS_COUNT); }
LLVMValueRef emit_alias_code(EmitModule *m) { return class_tag(m, CLASS_CODE); }

// A tag under a name of its own; `key` tells it from every other.
static LLVMValueRef own_tag(EmitModule *m, uint64_t key, Name name, uint32_t part) {
  LLVMValueRef tag = map_get(&m->alias_nodes, key);
  if (tag) return tag;
  Text text = {.arena = m->scratch};
  text_printf(&text, "%s.%u", name_text(m->mir->context->names, name), part);
  tag = tag_of(m, type_node(m, text_str(&text), root_node(m)));
  map_put(m->arena, &m->alias_nodes, key, tag);
  return tag;
}

LLVMValueRef emit_alias_field(EmitModule *m, const MirType *object, uint32_t field, const MirType *accessed) {
  if (m->options->level == CODEGEN_O0) return NULL;
  if (emit_field_is_exposed(m->plan, object, field)) return emit_alias_pointer(m, accessed);
  return own_tag(m, map_pair(CLASS_FIRST_FREE + object->id, field), object->name, field);
}

LLVMValueRef emit_alias_global(EmitModule *m, const MirGlobal *global, const MirType *accessed) {
  if (m->options->level == CODEGEN_O0) return NULL;
  if (map_get(&m->plan->exposed_globals, map_key(global))) return emit_alias_pointer(m, accessed);
  return own_tag(m, map_key(global), global->symbol, 0);
}
