// The LLVM-C headers, and everything that differs between LLVM 19 and 22. Nothing else in this folder looks at the
// version.
#ifndef QZ_CODEGEN_LLVM_COMPAT_H
#define QZ_CODEGEN_LLVM_COMPAT_H

#include <llvm-c/Analysis.h>
#include <llvm-c/BitWriter.h>
#include <llvm-c/Core.h>
#include <llvm-c/DebugInfo.h>
#include <llvm-c/Error.h>
#include <llvm-c/Target.h>
#include <llvm-c/TargetMachine.h>
#include <llvm-c/Transforms/PassBuilder.h>
#include <llvm/Config/llvm-config.h>

#if LLVM_VERSION_MAJOR < 19
#error "Quartz needs LLVM 19 or newer"
#endif

// `nocapture` became `captures(none)`, which the C API cannot spell, in LLVM 21.
#if LLVM_VERSION_MAJOR >= 21
#define LLVM_COMPAT_NOCAPTURE NULL
#else
#define LLVM_COMPAT_NOCAPTURE "nocapture"
#endif

#endif
