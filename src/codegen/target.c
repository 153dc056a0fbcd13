// The target machine, LLVM's passes, and the file.

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "codegen/emit.h"

// ── Opening ─────────────────────────────────────────────────────────────────────────────────────────────────────
// Takes a message of LLVM's.
static bool fail(Text *why, const char *what, char *message) {
  text_printf(why, "%s: %s", what, message ? message : "unknown error");
  LLVMDisposeMessage(message);
  return false;
}

static LLVMCodeGenOptLevel code_level(CodegenLevel level) {
  switch (level) {
    case CODEGEN_O0: return LLVMCodeGenLevelNone;
    case CODEGEN_O1: return LLVMCodeGenLevelLess;
    case CODEGEN_O2:
    case CODEGEN_OS: return LLVMCodeGenLevelDefault;
    case CODEGEN_O3: return LLVMCodeGenLevelAggressive;
  }
  return LLVMCodeGenLevelDefault;
}

static void init_targets(void) {
  LLVMInitializeX86TargetInfo();
  LLVMInitializeX86Target();
  LLVMInitializeX86TargetMC();
  LLVMInitializeX86AsmPrinter();
  LLVMInitializeX86AsmParser();
  LLVMInitializeAArch64TargetInfo();
  LLVMInitializeAArch64Target();
  LLVMInitializeAArch64TargetMC();
  LLVMInitializeAArch64AsmPrinter();
  LLVMInitializeAArch64AsmParser();
}

static void make_machine(EmitModule *m, LLVMTargetRef target, const char *triple) {
  const char *cpu = m->options->cpu ? m->options->cpu : "";
  bool is_native = strcmp(cpu, "native") == 0;
  char *host = is_native ? LLVMGetHostCPUName() : NULL, *features = is_native ? LLVMGetHostCPUFeatures() : NULL;
  m->machine = LLVMCreateTargetMachine(target, triple, is_native ? host : cpu, features ? features : "",
                                       code_level(m->options->level), LLVMRelocPIC, LLVMCodeModelDefault);
  LLVMDisposeMessage(host);
  LLVMDisposeMessage(features);
}

static bool find_target(const char *triple, LLVMTargetRef *target, Text *why) {
  char *message = NULL;
  init_targets();
  return !LLVMGetTargetFromTriple(triple, target, &message) || fail(why, "unknown target", message);
}

bool codegen_knows_target(const char *triple, Text *why) {
  LLVMTargetRef target;
  return find_target(triple, &target, why);
}

bool emit_target_open(EmitModule *m, Text *why) {
  char *host = m->options->triple ? NULL : LLVMGetDefaultTargetTriple();
  const char *triple = m->options->triple ? m->options->triple : host;
  LLVMTargetRef target;
  bool found = find_target(triple, &target, why);
  if (found) make_machine(m, target, triple);
  LLVMSetTarget(m->module, triple);
  LLVMDisposeMessage(host);
  if (!found && m->options->failure) *m->options->failure = CODEGEN_FAILURE_TARGET;
  if (!found) return false;
  m->layout = LLVMCreateTargetDataLayout(m->machine);
  LLVMSetModuleDataLayout(m->module, m->layout);
  return true;
}

void emit_target_close(EmitModule *m) {
  if (m->layout) LLVMDisposeTargetData(m->layout);
  if (m->machine) LLVMDisposeTargetMachine(m->machine);
}

// ── Passes ──────────────────────────────────────────────────────────────────────────────────────────────────────
static const char *pipeline(CodegenLevel level) {
  switch (level) {
    case CODEGEN_O0: return NULL;
    case CODEGEN_O1: return "default<O1>";
    case CODEGEN_O2: return "default<O2>";
    case CODEGEN_O3: return "default<O3>";
    case CODEGEN_OS: return "default<Os>";
  }
  return NULL;
}

// Behind the others, so that only what is left is watched.
static const char *sanitizing(CodegenSanitize sanitize) {
  switch (sanitize) {
    case CODEGEN_SANITIZE_NOTHING: return NULL;
    case CODEGEN_SANITIZE_THREAD: return "tsan-module,function(tsan)";
    case CODEGEN_SANITIZE_ADDRESS: return "asan";
  }
  return NULL;
}

static bool verify(EmitModule *m, Text *why) {
  char *message = NULL;
  if (!m->options->verify) return true;
  if (LLVMVerifyModule(m->module, LLVMReturnStatusAction, &message)) return fail(why, "invalid LLVM module", message);
  LLVMDisposeMessage(message);
  return true;
}

static bool run_passes(EmitModule *m, const char *passes, Text *why) {
  LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
  LLVMPassBuilderOptionsSetLoopVectorization(options, true);
  LLVMPassBuilderOptionsSetSLPVectorization(options, true);
  LLVMErrorRef error = LLVMRunPasses(m->module, passes, m->machine, options);
  LLVMDisposePassBuilderOptions(options);
  if (!error) return true;
  char *message = LLVMGetErrorMessage(error);
  text_printf(why, "LLVM passes: %s", message);
  LLVMDisposeErrorMessage(message);
  return false;
}

bool emit_target_optimise(EmitModule *m, Text *why) {
  const char *passes[] = {pipeline(m->options->level), sanitizing(m->options->sanitize)};
  if (!verify(m, why)) return false;
  for (size_t i = 0; i < sizeof passes / sizeof *passes; i++)
    if (passes[i] && (!run_passes(m, passes[i], why) || !verify(m, why))) return false;
  emit_resumes(m);
  return verify(m, why);
}

// ── The file ────────────────────────────────────────────────────────────────────────────────────────────────────
// LLVM's own file output ends the process when the disk is full, so the bytes are made in memory and written here.
static bool write_bytes(EmitModule *m, const char *bytes, size_t size, Text *why) {
  FILE *file = fopen(m->output, "wb");
  bool written = file && fwrite(bytes, 1, size, file) == size;
  int error = errno;
  if (file && fclose(file) != 0) written = false, error = errno;
  if (written) return true;
  text_printf(why, "cannot write %s: %s", m->output, strerror(error));
  if (m->options->failure) *m->options->failure = CODEGEN_FAILURE_FILE;
  return false;
}

static bool write_buffer(EmitModule *m, LLVMMemoryBufferRef buffer, Text *why) {
  bool written = write_bytes(m, LLVMGetBufferStart(buffer), LLVMGetBufferSize(buffer), why);
  LLVMDisposeMemoryBuffer(buffer);
  return written;
}

static bool write_machine_code(EmitModule *m, LLVMCodeGenFileType type, Text *why) {
  char *message = NULL;
  LLVMMemoryBufferRef buffer;
  if (LLVMTargetMachineEmitToMemoryBuffer(m->machine, m->module, type, &message, &buffer))
    return fail(why, m->output, message);
  return write_buffer(m, buffer, why);
}

static bool write_text(EmitModule *m, Text *why) {
  char *text = LLVMPrintModuleToString(m->module);
  bool written = write_bytes(m, text, strlen(text), why);
  LLVMDisposeMessage(text);
  return written;
}

static bool write_bitcode(EmitModule *m, Text *why) {
  return write_buffer(m, LLVMWriteBitcodeToMemoryBuffer(m->module), why);
}

bool emit_target_write(EmitModule *m, Text *why) {
  switch (m->options->emit) {
    case CODEGEN_EMIT_LLVM: return write_text(m, why);
    case CODEGEN_EMIT_BITCODE: return write_bitcode(m, why);
    case CODEGEN_EMIT_ASM: return write_machine_code(m, LLVMAssemblyFile, why);
    case CODEGEN_EMIT_OBJECT: return write_machine_code(m, LLVMObjectFile, why);
  }
  return false;
}
