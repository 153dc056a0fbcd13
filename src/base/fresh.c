#include "base/fresh.h"

#include <string.h>

// U+2219 is not an identifier character, so no source text can contain such a name.
static const char mark[] = "\u2219";

Name name_fresh(Interner *names, Name name, uint32_t expansion) {
  Text text = {.arena = names->arena};
  text_printf(&text, "%s%s%u", name_text(names, name), mark, expansion);
  return name_intern(names, text_str(&text), text.size);
}

bool name_is_fresh(const Interner *names, Name name) { return strstr(name_text(names, name), mark) != NULL; }

Name name_written(Interner *names, Name name) {
  const char *text = name_text(names, name), *end = strstr(text, mark);
  return end ? name_intern(names, text, (size_t)(end - text)) : name;
}

static bool is_digit(const char *at, const char *end) { return at < end && *at >= '0' && *at <= '9'; }

void text_append_written(Text *out, const char *text, size_t size) {
  const char *end = text + size;
  while (text < end) {
    const char *found = memmem(text, (size_t)(end - text), mark, strlen(mark));
    const char *number = found ? found + strlen(mark) : end;
    bool is_fresh = is_digit(number, end);
    text_bytes(out, text, (size_t)((is_fresh ? found : number) - text));
    for (text = number; is_fresh && is_digit(text, end); text++) {}
  }
}
