// Module names to sources.
#include "driver/loader.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/nearest.h"
#include "driver/file.h"

typedef struct LoadedFile LoadedFile;
struct LoadedFile {
  const char *path;  // canonical
  const Source *source;
  LoadedFile *next;  // of the same hash
};

// ── Where things are ────────────────────────────────────────────────────────────────────────────────────────────
static const char *canonical(Arena *arena, const char *path) {
  char *real = realpath(path, NULL);
  const char *result = real ? arena_text(arena, real, strlen(real)) : NULL;
  free(real);
  return result;
}

const char *loader_std_folder(Arena *arena) {
  const char *given = getenv("QUARTZ_STD");
  if (given && *given) return canonical(arena, given);
  const char *self = canonical(arena, "/proc/self/exe");
  if (!self) return NULL;
  static const char *const places[] = {"../../std", "../../../std",
                                       "../share/quartz/std"};  // build/bin, build/MODE/bin, installed
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    const char *folder = path_join(arena, path_folder(arena, self), places[i]);
    if (file_exists(path_join(arena, folder, "prelude.qz"))) return canonical(arena, folder);
  }
  return NULL;
}

static const char *find_project(Arena *arena, const char *folder) {
  while (!file_exists(path_join(arena, folder, "quartz.toml"))) {
    if (strcmp(folder, "/") == 0) return NULL;
    folder = path_folder(arena, folder);
  }
  return folder;
}

static bool is_below(const char *path, const char *folder) {
  size_t size = folder ? strlen(folder) : 0;
  return size > 1 && strncmp(path, folder, size) == 0 && path[size] == '/';
}

// What messages call a canonical path.
static const char *shown_path(const Loader *loader, const char *path) {
  return is_below(path, loader->working_folder) ? path + strlen(loader->working_folder) + 1 : path;
}

void loader_init(Loader *loader, Context *context, const char *const *include, uint32_t include_count) {
  *loader = (Loader){.context = context, .include = include, .include_count = include_count};
  loader->working_folder = canonical(context->arena, ".");
  loader->std_folder = loader_std_folder(context->arena);
  if (loader->std_folder) context->sources->library = shown_path(loader, loader->std_folder);
}

// ── Reading, once a file ────────────────────────────────────────────────────────────────────────────────────────
static LoadedFile *find_loaded(const Loader *loader, const char *path) {
  LoadedFile *file = map_get(&loader->by_path, hash_bytes(path, strlen(path)));
  while (file && strcmp(file->path, path) != 0) file = file->next;
  return file;
}

static void remember(Loader *loader, const char *path, const Source *source) {
  Arena *arena = loader->context->arena;
  LoadedFile *file = arena_new(arena, LoadedFile);
  *file = (LoadedFile){path, source, NULL};
  file->next = map_put(arena, &loader->by_path, hash_bytes(path, strlen(path)), file);
  map_put(arena, &loader->by_source, map_key(source), file);
}

static const Source *report_unreadable(Loader *loader, const char *shown, const char *reason) {
  diag_report(loader->context->diags, QZ9000, (Span){0}, "cannot read %s: %s", shown, reason);
  return NULL;
}

// `path` is canonical, `shown` what messages call it.
static const Source *load(Loader *loader, const char *path, const char *shown) {
  LoadedFile *known = find_loaded(loader, path);
  if (known) return known->source;
  Context *context = loader->context;
  FileText text = file_read(context->arena, path);
  if (!text.data) return report_unreadable(loader, shown, text.error);
  const Source *source = source_add(context->arena, context->sources, shown, text.data, text.size);
  if (!source) return report_unreadable(loader, shown, "all sources together are larger than 4 GiB");
  remember(loader, path, source);
  return source;
}

const Source *loader_root(Loader *loader, const char *path) {
  Arena *arena = loader->context->arena;
  const char *real = canonical(arena, path);
  // What has no canonical path cannot be opened either; opening it says why.
  if (!real) return report_unreadable(loader, path, file_read(arena, path).error);
  loader->project_folder = find_project(arena, path_folder(arena, real));
  return load(loader, real, path);
}

// ── Looking for a module ────────────────────────────────────────────────────────────────────────────────────────
static const Source *load_if_there(Loader *loader, const char *folder, const char *name) {
  Arena *arena = loader->context->arena;
  const char *path = path_join(arena, folder, name);
  const char *real = file_exists(path) ? canonical(arena, path) : NULL;
  return real ? load(loader, real, shown_path(loader, real)) : NULL;
}

static const Source *look_in(Loader *loader, const char *folder, const char *module) {
  if (!folder) return NULL;
  Text name = {.arena = loader->context->arena};
  text_printf(&name, "%s.qz", module);
  const Source *found = load_if_there(loader, folder, text_str(&name));
  if (found) return found;
  name = (Text){.arena = loader->context->arena};
  text_printf(&name, "%s/mod.qz", module);
  return load_if_there(loader, folder, text_str(&name));
}

// `import std/io` names the library's `io` even where the program has one of its own.
static const Source *look_in_std(Loader *loader, const char *module) {
  const char *inside = strncmp(module, "std/", 4) == 0 ? module + 4 : module;
  return look_in(loader, loader->std_folder, inside);
}

const Source *loader_import(void *data, const Source *importer, const char *module) {
  Loader *loader = data;
  if (!importer) return look_in_std(loader, module);
  const LoadedFile *file = map_get(&loader->by_source, map_key(importer));
  assert(file && "an importer that this loader did not load");
  const Source *found = look_in(loader, path_folder(loader->context->arena, file->path), module);
  if (!found && !is_below(file->path, loader->std_folder)) {
    found = look_in(loader, loader->project_folder, module);
    for (uint32_t i = 0; !found && i < loader->include_count; i++) found = look_in(loader, loader->include[i], module);
  }
  return found ? found : look_in_std(loader, module);
}

// ── Names that are near ─────────────────────────────────────────────────────────────────────────────────────────
// `name.qz` is a module, and a folder `name` with mod.qz in it.
static void try_entry(Arena *arena, const char *folder, const char *entry, Nearest *meant) {
  size_t size = strlen(entry);
  bool is_file = size > 3 && strcmp(entry + size - 3, ".qz") == 0;
  const char *name = arena_text(arena, entry, is_file ? size - 3 : size);
  bool is_module = is_file || file_exists(path_join(arena, path_join(arena, folder, entry), "mod.qz"));
  if (is_module && strcmp(name, "prelude") != 0) nearest_try(meant, name);
}

static void try_folder(Arena *arena, const char *folder, Nearest *meant) {
  DIR *entries = folder ? opendir(folder) : NULL;
  if (!entries) return;
  for (const struct dirent *entry = readdir(entries); entry; entry = readdir(entries))
    if (entry->d_name[0] != '.') try_entry(arena, folder, entry->d_name, meant);
  closedir(entries);
}

const char *loader_nearest(void *data, const Source *importer, const char *module) {
  Loader *loader = data;
  Arena *arena = loader->context->arena;
  const LoadedFile *file = map_get(&loader->by_source, map_key(importer));
  if (!file) return NULL;
  Nearest meant = {.wanted = module};  // that of a folder has a `/` and is near to no entry
  try_folder(arena, path_folder(arena, file->path), &meant);
  try_folder(arena, loader->project_folder, &meant);
  for (uint32_t i = 0; i < loader->include_count; i++) try_folder(arena, loader->include[i], &meant);
  try_folder(arena, loader->std_folder, &meant);
  return meant.best;
}
