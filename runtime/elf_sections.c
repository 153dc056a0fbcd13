// The sections of the running program's own file.
#include "runtime/elf_sections.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static bool map_file(const char *path, QzBytes *file) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat info;
  if (fd < 0) return false;
  bool is_open = fstat(fd, &info) == 0 && info.st_size > (off_t)sizeof(Elf64_Ehdr);
  void *data = is_open ? mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
  close(fd);
  if (data == MAP_FAILED) return false;
  *file = (QzBytes){data, (size_t)info.st_size};
  return true;
}

static bool holds(const QzBytes *file, uint64_t offset, uint64_t size) {
  return offset <= file->size && size <= file->size - offset;
}

static bool has_name(const QzBytes *file, const Elf64_Shdr *names, uint32_t at, const char *name) {
  size_t size = strlen(name) + 1;
  return at <= names->sh_size && size <= names->sh_size - at &&
         memcmp(file->data + names->sh_offset + at, name, size) == 0;
}

static QzBytes find_section(const QzBytes *file, const Elf64_Shdr *sections, uint32_t count, uint32_t names,
                            const char *name) {
  for (uint32_t i = 0; i < count; i++) {
    const Elf64_Shdr *section = &sections[i];
    bool is_plain = section->sh_type == SHT_PROGBITS && !(section->sh_flags & SHF_COMPRESSED);
    if (is_plain && has_name(file, &sections[names], section->sh_name, name) &&
        holds(file, section->sh_offset, section->sh_size))
      return (QzBytes){file->data + section->sh_offset, section->sh_size};
  }
  return (QzBytes){NULL, 0};
}

static int first_object(struct dl_phdr_info *info, size_t size, void *bias) {
  (void)size;
  *(uintptr_t *)bias = info->dlpi_addr;
  return 1;  // the program itself comes first
}

bool qz_elf_open(QzElf *elf) {
  QzBytes file;
  if (!map_file("/proc/self/exe", &file)) return false;
  const Elf64_Ehdr *header = (const Elf64_Ehdr *)file.data;
  uint32_t count = header->e_shnum, names = header->e_shstrndx;
  bool is_usable = memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 && header->e_ident[EI_CLASS] == ELFCLASS64 &&
                   holds(&file, header->e_shoff, count * sizeof(Elf64_Shdr)) && names < count;
  const Elf64_Shdr *sections = (const Elf64_Shdr *)(file.data + header->e_shoff);
  if (!is_usable || !holds(&file, sections[names].sh_offset, sections[names].sh_size)) return false;
  elf->info = find_section(&file, sections, count, names, ".debug_info");
  elf->abbrev = find_section(&file, sections, count, names, ".debug_abbrev");
  elf->line = find_section(&file, sections, count, names, ".debug_line");
  elf->ranges = find_section(&file, sections, count, names, ".debug_ranges");
  elf->strings = find_section(&file, sections, count, names, ".debug_str");
  dl_iterate_phdr(first_object, &elf->bias);
  return elf->info.data && elf->abbrev.data;
}
