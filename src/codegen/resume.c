// What ends a landing pad. LLVM's passes know `resume`: where a cleanup was inlined into a function that has one
// itself, it is a jump. What they leave would become a call of the C library's unwinder; it becomes one of the
// runtime's, which is faster.
#include "codegen/emit.h"

// What is unwinding is the first part of what a landing pad gets, which is put together anew in front of a resume.
static LLVMValueRef exception_of(EmitModule *m, LLVMValueRef pad) {
  LLVMValueRef at = pad;
  while (LLVMIsAInsertValueInst(at)) {
    if (LLVMGetIndices(at)[0] == 0) return LLVMGetOperand(at, 1);
    at = LLVMGetOperand(at, 0);
  }
  return LLVMBuildExtractValue(m->builder, at, 0, "");
}

static void erase_unused(LLVMValueRef pad) {
  for (LLVMValueRef next; LLVMIsAInsertValueInst(pad) && !LLVMGetFirstUse(pad); pad = next) {
    next = LLVMGetOperand(pad, 0);
    LLVMInstructionEraseFromParent(pad);
  }
}

static void replace(EmitModule *m, LLVMValueRef resume) {
  LLVMValueRef pad = LLVMGetOperand(resume, 0);
  LLVMPositionBuilderBefore(m->builder, resume);
  LLVMSetCurrentDebugLocation2(m->builder, LLVMInstructionGetDebugLoc(resume));
  LLVMValueRef exception = exception_of(m, pad), callee = emit_runtime(m, RUNTIME_qz_unwind_resume);
  LLVMBuildCall2(m->builder, m->runtime_types[RUNTIME_qz_unwind_resume], callee, &exception, 1, "");
  LLVMBuildUnreachable(m->builder);
  LLVMInstructionEraseFromParent(resume);
  erase_unused(pad);
}

void emit_resumes(EmitModule *m) {
  for (LLVMValueRef function = LLVMGetFirstFunction(m->module); function; function = LLVMGetNextFunction(function))
    for (LLVMBasicBlockRef block = LLVMGetFirstBasicBlock(function); block; block = LLVMGetNextBasicBlock(block)) {
      LLVMValueRef last = LLVMGetBasicBlockTerminator(block);
      if (LLVMIsAResumeInst(last)) replace(m, last);
    }
}
