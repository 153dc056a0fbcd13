/* How workers sleep and are woken (runtime/sched/worker.c, idle.c), and when they are said to be stuck.
 *
 * Jobs are counted, not told apart: a worker's queue is a number. Job kinds by -D: the first job, on worker 0, makes
 * MADE more ready; an OUTSIDER makes some ready from no worker; with LONG no job ends before all have begun, so that
 * each needs a worker of its own; with TIMER one more is made by a timer of worker 0; with DESCRIPTOR somebody may
 * poll, one more is made by the event that comes if EVENTS is 1, and each job takes the seat of who polls for a moment,
 * as opening a descriptor does.
 *
 *   notify, qz_ready           notify, qz_idle_notify, qz_ready   find          find, find_ready, search
 *   look_everywhere            look_everywhere                    Worker        sleep_or_find, sleep, qz_idle_sleep
 *   unseat, sit_and_rise       qz_idle_unseat, qz_poll_sit, qz_poll_end         qz_poll_now, has_freed_closed (poll.c) */
#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef MADE
#define MADE 2
#endif
#ifndef OUTSIDE
#define OUTSIDE 0
#endif
#ifdef TIMER
#define TIMERS 1
#else
#define TIMERS 0
#endif
#ifndef EVENTS
#define EVENTS 0
#endif
#define JOBS (1 + MADE + OUTSIDE + TIMERS + EVENTS)
#define OUTSIDER WORKERS  /* has no queue of its own: what it makes ready goes to the inject queue */

byte queue[WORKERS + 1];  /* the last one is the inject queue */
byte searching;           /* sched.searching */
byte epoch, sleepers;     /* sched.idle */
byte asleep;              /* sched.asleep */
bool in_futex[WORKERS];
bool none_woke[WORKERS];  /* since this one went to sleep: a count of wake-ups, that has not changed */
bool is_armed, is_due, is_stuck;
bool polls, sits, is_interrupted;     /* poll.is_polling; SITS, of the epoch's word; the eventfd */
bool is_awaited = EVENTS, has_event;  /* a fiber stands in the descriptor's word; the system has an event for it */
byte begun, ended, outside = OUTSIDE;

#if WORKERS > 2
#define SOME_IN_FUTEX (in_futex[0] || in_futex[1] || in_futex[2])
#else
#define SOME_IN_FUTEX (in_futex[0] || in_futex[1])
#endif

/* FUTEX_WAKE of one, whichever. */
inline futex_wake() {
  atomic {
    if
    :: in_futex[0] -> in_futex[0] = false
    :: in_futex[1] -> in_futex[1] = false
#if WORKERS > 2
    :: in_futex[2] -> in_futex[2] = false
#endif
    :: else -> skip
    fi
  }
}

/* The eventfd is written by who takes the bit off. */
inline unseat() {
  d_step {
    if
    :: sits ->
       sits = false;
#ifndef interrupt_not_written
       is_interrupted = true
#endif
    :: else -> skip
    fi
  }
}

/* A futex sleeper is woken if there is one, else who sits at the descriptors. */
inline qz_idle_notify(seen) {
  seen = sleepers;
  if
  :: seen ->
     d_step { epoch++; seen = sits }
     if
     :: atomic { seen && !SOME_IN_FUTEX -> seen = false } unseat()
     :: atomic { else -> futex_wake() }
     fi
  :: else -> skip
  fi
}

/* One that searches will find it, or wake the next. */
inline notify(seen) {
  if
  :: searching == 0 -> qz_idle_notify(seen)
  :: else -> skip
  fi
}

inline qz_ready(at, seen) {
#ifdef looks_before_the_push
  bool searched = searching, sleeps = sleepers;
  queue[at]++;
  if
  :: !searched && sleeps -> epoch++; futex_wake()
  :: else -> skip
  fi
#else
  queue[at]++;
  notify(seen)
#endif
}

/* Takes one, if there is one: takes of a queue are one compare-and-swap. */
inline take(at, found) {
  d_step {
    if
    :: queue[at] -> queue[at]--; found = true
    :: else -> skip
    fi
  }
}

/* From the others, beginning anywhere; half of what is there comes along into the thief's own queue. */
inline steal_from(victim, found) {
  d_step {
    if
    :: victim != self && queue[victim] ->
       half = queue[victim] - queue[victim] / 2;
       queue[victim] = queue[victim] - half; queue[self] = queue[self] + half - 1;
       found = true; half = 0
    :: else -> skip
    fi
  }
}

inline steal(found) {
  victim = 0;
  do
  :: victim < WORKERS && !found -> steal_from(victim, found); victim++
  :: else -> break
  od;
  victim = 0
}

inline stop_searching(with_found) {
  if
  :: searches ->
     searches = false;
     d_step { searching--; seen = (searching == 0) }
     if
#ifdef last_searcher_wakes_nobody
     :: false -> skip
#else
     :: seen && with_found -> notify(seen)
#endif
     :: else -> skip
     fi
  :: else -> skip
  fi
}

inline run_timers(found) {
#ifdef TIMER
  if
  :: self == 0 && is_armed ->
     if
     :: is_due -> is_armed = false; qz_ready(0, seen); found = true
     :: else -> skip
     fi
  :: else -> skip
  fi
#else
  skip
#endif
}

inline look_everywhere(found) {
  take(self, found);
  if
  :: !found -> take(WORKERS, found)
  :: else -> skip
  fi;
  if
  :: !found -> steal(found)
  :: else -> skip
  fi
}

/* Asks what happened, with the seat taken, and gives it back before anybody is made ready. Who was idle may tell nobody,
 * since it looks into its queue next. */
inline poll_and_leave(was_idle) {
  d_step { happened = has_event; has_event = false; is_interrupted = false }
  is_awaited = is_awaited && !happened;
  polls = false;
  if
  :: happened -> happened = false; qz_ready(self, seen)
  :: happened && was_idle -> happened = false; queue[self]++
  :: else -> skip
  fi
}

/* In passing: now and then. */
inline qz_poll_now() {
#ifdef DESCRIPTOR
  if
  :: true -> skip
  :: atomic { !polls -> polls = true } poll_and_leave(false)
  fi
#else
  skip
#endif
}

/* Takes the seat for a moment, and goes on with its own work. */
inline has_freed_closed() {
#ifdef DESCRIPTOR
  if
  :: atomic { !polls -> polls = true };
     polls = false;
#ifndef seat_left_empty
     notify(seen)
#endif
  :: else -> skip
  fi
#else
  skip
#endif
}

/* The job: the first one makes more ready. */
inline do_job() {
  d_step { begun++; seen = begun }
  if
  :: seen == 1 ->
     made = 0;
     do
     :: made < MADE -> qz_ready(self, seen); made++
     :: else -> break
     od;
     made = 0
  :: else -> skip
  fi;
  has_freed_closed();
#ifdef LONG
  begun == JOBS;
#endif
  ended++
}

/* Who makes something ready from outside is not known to it. */
inline say_stuck() { assert(ended == JOBS || OUTSIDE); is_stuck = true }

inline be_awake() {
  d_step {
    asleep--;
    none_woke[0] = false; none_woke[1] = false
#if WORKERS > 2
    ; none_woke[2] = false
#endif
  }
}

/* Instead of the futex. */
inline sit_and_rise() {
  d_step {
    if
    :: epoch == key && sits == key_sits -> sits = true; seen = true
    :: else -> seen = false
    fi
  }
end_sits:
  if
  :: !seen -> skip
  :: seen && (is_interrupted || has_event) -> skip
  fi;
  sits = false;
  sleepers--;
  be_awake();
  poll_and_leave(true)
}

/* Each has found every queue empty, and none has anything in its hands. The timers are looked at later: that holds only
 * if none has woken since. */
inline sleep() {
  d_step { asleep++; seen = asleep; none_woke[self] = true }
  if
#ifdef timers_are_read_late
  :: seen == WORKERS && !is_armed && !is_awaited -> say_stuck()
#else
  :: seen == WORKERS && !is_armed && !is_awaited && none_woke[self] -> say_stuck()
#endif
  :: else -> skip
  fi;
#ifdef DESCRIPTOR
  if
  :: atomic { !polls -> polls = true } sit_and_rise(); goto slept
  :: else -> skip
  fi;
#endif
  d_step {  /* FUTEX_WAIT: the comparison and the sleep are one step */
    if
    :: epoch == key && sits == key_sits -> in_futex[self] = true
    :: else -> skip
    fi
  }
end_sleeps:
  if
  :: !in_futex[self] -> skip
#ifdef TIMER
  :: self == 0 && is_armed -> in_futex[self] = false; is_due = true  /* the deadline */
#endif
  fi;
  sleepers--;
  be_awake()
slept:
  skip
}

inline sleep_or_find(found) {
  stop_searching(false);
#ifdef counts_as_asleep_before_it_looks
  asleep++;
#endif
  sleepers++;
  d_step { key = epoch; key_sits = sits }
#ifndef no_second_look
  look_everywhere(found);
#endif
#ifdef counts_as_asleep_before_it_looks
  asleep--;
#endif
  if
  :: found ->
     sleepers--;
#ifndef second_look_wakes_nobody
     notify(seen)
#endif
  :: else -> sleep()
  fi
}

proctype Worker(byte self) {
  bool found, searches, key_sits, happened;
  byte seen, key, victim, half, made;
  do
  :: qz_poll_now();
     take(self, found);
     if
     :: !found -> take(WORKERS, found)
     :: else -> skip
     fi;
     if
     :: !found ->
        run_timers(found);
        if
        :: found -> found = false; goto next
        :: else -> skip
        fi;
        if
        :: !searches -> searches = true; searching++
        :: else -> skip
        fi;
        steal(found);
        if
        :: !found -> take(WORKERS, found)
        :: else -> skip
        fi;
        if
        :: !found -> sleep_or_find(found)
        :: else -> skip
        fi
     :: else -> skip
     fi;
     if
     :: found -> stop_searching(true); found = false; seen = 0; key = 0; do_job()
     :: else -> skip
     fi;
     d_step { seen = 0; key = 0; key_sits = false }
next:
     skip
  od
}

proctype Outsider() {
  byte seen;
  do
  :: outside -> qz_ready(WORKERS, seen); outside--
  :: else -> break
  od
}

proctype World() { has_event = true }

init {
  byte i = 0;
  atomic {
    queue[0] = 1;
#ifdef TIMER
    is_armed = true;
#endif
    do
    :: i < WORKERS -> run Worker(i); i++
    :: else -> break
    od;
#if OUTSIDE
    run Outsider();
#endif
#if EVENTS
    run World()
#endif
  }
}

/* And when nothing is left to do, that is noticed. */
ltl every_job_is_done { <> (ended == JOBS && is_stuck) }
