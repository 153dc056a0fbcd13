/* Handlers that call each other in a circle (runtime/sched/cycle.c, call.c).
 *
 * ACTORS of them, 2 or 3; each handles one message in which it calls the next one, and serves then who calls it. EARLY:
 * the first one calls the second, which answers at once and then calls the first, all in one handler.
 *
 *   call_begin     qz_call_begin, is_cycle, called_by      Actor     the handler, and the run after it
 *
 * An answer claims the caller's wait: from then on its note leads nowhere, though it is taken back later. */
#ifndef ACTORS
#define ACTORS 2
#endif
#define NEXT(a) ((a + 1) % ACTORS)
#define NOBODY ACTORS

bool locked;
byte notes[ACTORS];               /* fiber->calls */
bool answered[ACTORS];            /* its wait was claimed */
chan inbox[ACTORS] = [ACTORS] of { byte };
byte failed, ended;

inline lock() { atomic { !locked -> locked = true } }
inline unlock() { locked = false }

#ifdef answered_calls_count
#define CALLED_BY(a) notes[a]
#else
#define CALLED_BY(a) (answered[a] -> NOBODY : notes[a])
#endif

inline call_begin(a, callee) {
  lock();
  at = callee;
  do
  :: at != NOBODY && at != a -> at = CALLED_BY(at)
  :: else -> break
  od;
  skip;
#ifdef looks_and_then_notes
  unlock();
  lock();
#endif
  d_step {
    is_cycle = (at == a);
    at = 0;
    if
    :: !is_cycle -> answered[a] = false; notes[a] = callee
    :: else -> failed++
    fi
  }
  unlock()
}

inline call_end(a) {
  lock();
  notes[a] = NOBODY;
  unlock()
}

inline call(a, callee) {
  call_begin(a, callee);
  if
  :: is_cycle -> skip
  :: else ->
     inbox[callee]!a;
     answered[a];
     call_end(a)
  fi;
  is_cycle = false
}

proctype Actor(byte self) {
  byte at, who;
  bool is_cycle;
#ifdef EARLY
  if
  :: self == 0 -> call(self, 1)
  :: else -> inbox[self]?who; answered[who] = true; call(self, 0)
  fi;
#else
  call(self, NEXT(self));
#endif
  ended++;
end_idle:
  do
  :: inbox[self]?who -> answered[who] = true
  od
}

/* One fails at most, and none whose callee does not wait for it. */
active proctype Monitor() {
end_watch:
#ifdef EARLY
  failed > 0 -> assert(false)
#else
  failed > 1 -> assert(false)
#endif
}

init {
  atomic {
    byte a = 0;
    do
    :: a < ACTORS -> notes[a] = NOBODY; run Actor(a); a++
    :: else -> break
    od
  }
}

ltl every_call_ends { <> (ended == ACTORS) }
