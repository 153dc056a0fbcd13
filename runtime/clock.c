// Time, for the standard library.
#include <errno.h>
#include <time.h>

#include "runtime/internal.h"
#include "runtime/support.h"

enum { NANOSECONDS = 1000000000, OF_TIME = 2 };

static int64_t (*followed)(void);      // NULL: the clocks are the system's
static int64_t when_followed[OF_TIME];  // what they said

static int64_t system_clock(int64_t which) {
  static const clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID};
  struct timespec now;
  if (which < 0 || which > OF_TIME || clock_gettime(clocks[which], &now) != 0) return 0;
  return (int64_t)now.tv_sec * NANOSECONDS + now.tv_nsec;
}

void qz_clocks_follow(int64_t (*passed)(void)) {
  for (int which = 0; which < OF_TIME; which++) when_followed[which] = system_clock(which);
  followed = passed;
}

int64_t qz_clock(int64_t which) {
  return followed && which >= 0 && which < OF_TIME ? when_followed[which] + followed() : system_clock(which);
}

static void sleep_thread(int64_t nanoseconds) {
  struct timespec left = {nanoseconds / NANOSECONDS, nanoseconds % NANOSECONDS};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) continue;
}

void (*qz_sleeper)(int64_t nanoseconds) = sleep_thread;

void qz_sleep(int64_t nanoseconds) {
  if (nanoseconds > 0) qz_sleeper(nanoseconds);
}

int64_t qz_local_offset(int64_t seconds) {
  struct tm local;
  time_t time = seconds;
  QZ_LOCK_ENVIRONMENT();  // which has TZ
  tzset();
  return localtime_r(&time, &local) ? local.tm_gmtoff : 0;
}
