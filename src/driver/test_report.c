// Results of a test run as text: dots, a tree, TAP or JUnit's XML.
#include "driver/test_report.h"

#include <stdio.h>
#include <string.h>

// for (EACH_RESULT(run, suite, result)) … visits every result of every suite.
#define EACH_SUITE(run, suite)                \
  TestSuite *suite = (run)->suites;           \
  suite < (run)->suites + (run)->suite_count; \
  suite++
#define EACH_RESULT(suite, result)                        \
  const TestResult *result = (suite)->results.data;       \
  result < (suite)->results.data + (suite)->results.size; \
  result++

static uint32_t count(const TestRun *run, TestOutcome outcome) {
  uint32_t total = 0;
  for (EACH_SUITE(run, suite))
    for (EACH_RESULT(suite, result)) total += result->outcome == outcome;
  return total;
}

// ── While it runs ───────────────────────────────────────────────────────────────────────────────────────────────
static void progress_dots(const TestSuite *suite) {
  static const char marks[] = {[TEST_PASSED] = '.', [TEST_FAILED] = 'F', [TEST_SKIPPED] = 's'};
  for (EACH_RESULT(suite, result)) putchar(marks[result->outcome]);
}

static void progress_doc(const TestSuite *suite) {
  static const char *const marks[] = {[TEST_PASSED] = "ok     ", [TEST_FAILED] = "FAILED ", [TEST_SKIPPED] = "skipped"};
  printf("%s (%.2f s)\n", suite->path, suite->seconds);
  for (EACH_RESULT(suite, result)) printf("  %s %s\n", marks[result->outcome], result->name);
}

void test_report_progress(TestRun *run) {
  for (; run->reported < run->suite_count && run->suites[run->reported].is_done; run->reported++) {
    const TestSuite *suite = &run->suites[run->reported];
    switch (run->options->test_format) {
      case TEST_FORMAT_DOC: progress_doc(suite); break;
      case TEST_FORMAT_TAP:
      case TEST_FORMAT_JUNIT: break;
      case TEST_FORMAT_DEFAULT:
      case TEST_FORMAT_PROGRESS: progress_dots(suite); break;
    }
  }
  fflush(stdout);
}

// ── At the end ──────────────────────────────────────────────────────────────────────────────────────────────────
static void print_indented(const char *text, const char *indent) {
  while (*text) {
    size_t size = strcspn(text, "\n");
    printf("%s%.*s\n", indent, (int)size, text);
    text += size + (text[size] == '\n');
  }
}

// One word of a shell command.
static void print_quoted(const char *word) {
  putchar('\'');
  for (; *word; word++) {
    if (*word == '\'') fputs("'\\''", stdout);
    else putchar((unsigned char)*word);
  }
  putchar('\'');
}

static void print_path(const char *path) {
  bool is_plain = strspn(path, "/._-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == strlen(path);
  if (is_plain) fputs(path, stdout);
  else print_quoted(path);
}

static void print_failures(const TestRun *run) {
  for (EACH_SUITE(run, suite))
    for (EACH_RESULT(suite, result)) {
      if (result->outcome != TEST_FAILED) continue;
      printf("\nFAILED %s: %s\n", suite->path, result->name);
      print_indented(result->details, "    ");
      fputs("  again: quartz test ", stdout);
      print_path(suite->path);
      if (!result->is_of_file) fputs(" --filter ", stdout), print_quoted(result->name);
      putchar('\n');
    }
}

static void print_skipped(const TestRun *run) {
  for (EACH_SUITE(run, suite))
    for (EACH_RESULT(suite, result))
      if (result->outcome == TEST_SKIPPED) printf("skipped %s: %s (%s)\n", suite->path, result->name, result->details);
}

static void print_count(const TestRun *run, FILE *out, const char *before) {
  fprintf(out, "%s%u passed, %u failed, %u skipped\n", before, count(run, TEST_PASSED), count(run, TEST_FAILED),
          count(run, TEST_SKIPPED));
}

static void print_plain(const TestRun *run) {
  if (run->options->test_format != TEST_FORMAT_DOC) putchar('\n');
  print_failures(run);
  print_skipped(run);
  putchar('\n');
  print_count(run, stdout, "");
}

static void print_tap_name(const char *name) {
  for (; *name; name++) {
    if (*name == '#' || *name == '\\') putchar('\\');
    putchar((unsigned char)*name);
  }
}

static void print_tap(const TestRun *run) {
  uint32_t number = 0;
  puts("TAP version 14");
  for (EACH_SUITE(run, suite))
    for (EACH_RESULT(suite, result)) {
      const char *verdict = result->outcome == TEST_FAILED ? "not ok" : "ok";
      printf("%s %u - %s: ", verdict, ++number, suite->path);
      print_tap_name(result->name);
      if (result->outcome == TEST_SKIPPED) printf(" # SKIP %s", result->details);
      putchar('\n');
      if (result->outcome == TEST_FAILED) print_indented(result->details, "# ");
    }
  printf("1..%u\n", number);
  print_count(run, stdout, "# ");
}

// The bytes of the character that XML may hold at `text`; 0: there is none.
static int xml_char_size(const char *text) {
  const unsigned char *at = (const unsigned char *)text;
  if (*at < 0x80) return *at >= ' ' || *at == '\n' || *at == '\t';
  int size = *at >= 0xF0 ? 4 : *at >= 0xE0 ? 3 : 2;
  uint32_t scalar = *at & (0x7Fu >> size);
  for (int i = 1; i < size; i++) {
    if ((at[i] & 0xC0) != 0x80) return 0;
    scalar = scalar << 6 | (at[i] & 0x3F);
  }
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  bool is_allowed = *at >= 0xC2 && *at <= 0xF4 && scalar >= least[size] && scalar <= 0x10FFFF &&
                    !(scalar >= 0xD800 && scalar < 0xE000) && scalar != 0xFFFE && scalar != 0xFFFF;
  return is_allowed ? size : 0;
}

static void print_xml(const char *text) {
  for (int size; *text; text += size ? size : 1) {
    size = xml_char_size(text);
    switch (*text) {
      case '&': fputs("&amp;", stdout); break;
      case '<': fputs("&lt;", stdout); break;
      case '>': fputs("&gt;", stdout); break;
      case '"': fputs("&quot;", stdout); break;
      default:  // control characters cannot stand there even escaped
        if (size) fwrite(text, 1, (size_t)size, stdout);
        else putchar('?');
    }
  }
}

static void print_testcase(const TestSuite *suite, const TestResult *result) {
  printf("    <testcase classname=\"");
  print_xml(suite->path);
  printf("\" name=\"");
  print_xml(result->name);
  printf("\"");
  if (result->outcome == TEST_PASSED) {
    puts("/>");
    return;
  }
  printf(result->outcome == TEST_FAILED ? "><failure>" : "><skipped message=\"");
  print_xml(result->details);
  puts(result->outcome == TEST_FAILED ? "</failure></testcase>" : "\"/></testcase>");
}

static void print_junit(const TestRun *run) {
  puts("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>");
  for (EACH_SUITE(run, suite)) {
    printf("  <testsuite name=\"");
    print_xml(suite->path);
    printf("\" tests=\"%u\" time=\"%.3f\">\n", suite->results.size, suite->seconds);
    for (EACH_RESULT(suite, result)) print_testcase(suite, result);
    puts("  </testsuite>");
  }
  puts("</testsuites>");
  print_count(run, stderr, "");
}

bool test_report_end(const TestRun *run) {
  switch (run->options->test_format) {
    case TEST_FORMAT_TAP: print_tap(run); break;
    case TEST_FORMAT_JUNIT: print_junit(run); break;
    case TEST_FORMAT_DEFAULT:
    case TEST_FORMAT_PROGRESS:
    case TEST_FORMAT_DOC: print_plain(run); break;
  }
  return count(run, TEST_FAILED) == 0;
}
