// MIR types as LLVM types. Only scalars have one; room for anything else is an array of bytes with an alignment.
#include "codegen/emit.h"

void emit_types_init(EmitModule *m) {
  m->void_type = LLVMVoidTypeInContext(m->llvm);
  m->i1 = LLVMInt1TypeInContext(m->llvm);
  m->i8 = LLVMInt8TypeInContext(m->llvm);
  m->i32 = LLVMInt32TypeInContext(m->llvm);
  m->i64 = LLVMInt64TypeInContext(m->llvm);
  m->f32 = LLVMFloatTypeInContext(m->llvm);
  m->f64 = LLVMDoubleTypeInContext(m->llvm);
  m->ptr = LLVMPointerTypeInContext(m->llvm, 0);
  m->landing_pad = LLVMStructTypeInContext(m->llvm, (LLVMTypeRef[]){m->ptr, m->i32}, 2, false);
}

bool emit_type_is_pointer(const MirType *type) {
  return type->kind == MIR_TYPE_PTR || type->kind == MIR_TYPE_STRING || type->kind == MIR_TYPE_REF ||
         type->kind == MIR_TYPE_FN;
}

bool emit_type_has_bytes(const MirType *type) { return type->size != 0; }

LLVMTypeRef emit_type_register(const EmitModule *m, const MirType *type) {
  switch (type->kind) {
    case MIR_TYPE_BOOL: return m->i1;
    case MIR_TYPE_I8:
    case MIR_TYPE_U8: return m->i8;
    case MIR_TYPE_I16:
    case MIR_TYPE_U16: return LLVMInt16TypeInContext(m->llvm);
    case MIR_TYPE_I32:
    case MIR_TYPE_U32:
    case MIR_TYPE_CHAR: return m->i32;
    case MIR_TYPE_I64:
    case MIR_TYPE_U64: return m->i64;
    case MIR_TYPE_F32: return m->f32;
    case MIR_TYPE_F64: return m->f64;
    case MIR_TYPE_PTR:
    case MIR_TYPE_STRING:
    case MIR_TYPE_REF:
    case MIR_TYPE_FN: return m->ptr;
    case MIR_TYPE_VOID:
    case MIR_TYPE_NEVER: return m->void_type;
    case MIR_TYPE_OBJECT:
    case MIR_TYPE_STRUCT:
    case MIR_TYPE_ENUM:
    case MIR_TYPE_ARRAY:
    case MIR_TYPE_KIND_COUNT: break;
  }
  assert(!"an aggregate is not a register");
  return NULL;
}

LLVMTypeRef emit_type_memory(const EmitModule *m, const MirType *type) {
  return type->kind == MIR_TYPE_BOOL ? m->i8 : emit_type_register(m, type);
}

LLVMTypeRef emit_type_bytes(const EmitModule *m, const MirType *type) { return LLVMArrayType2(m->i8, type->size); }
