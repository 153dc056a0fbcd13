/* Claim words (runtime/sched/waiter.h), shared by the models. Each d_step is one atomic operation of the C code.
 *
 * A model defines before it includes this: FIBERS, and claimed_from_waits(f), which moves its count of the right to run
 * from "waits" to "in somebody's hands"; it may define won(f), what the winner of a claim notes. */
#ifndef won
#define won(f) skip
#endif

#define RUNS 0
#define PREPARES 1
#define WAITS 2
#define CLAIMED 3

/* Why it was claimed. */
#define EVENT 0
#define TIMEOUT 20
#define CANCELLED 21
#define STOPPED 22

/* How a claim went (QzClaim), and where it stands in between. */
#define LOST 0
#define LATER 1
#define ENQUEUE 2
#define SAW_PREPARES 3
#define HAD_COMMITTED 4

typedef Claim {
  byte epoch;
  byte state;
  byte reason
}
Claim claim[FIBERS];

#define IS(f, ticket, s) (claim[f].state == s && claim[f].epoch == ticket)

/* Its ticket is claim[f].epoch. */
inline qz_wait_announce(f) { claim[f].state = PREPARES }

inline qz_wait_commit(f, committed) {
  d_step {
    if
    :: claim[f].state == PREPARES -> claim[f].state = WAITS; committed = true
    :: else ->
#ifdef commit_by_store
       claim[f].state = WAITS; committed = true
#else
       committed = false
#endif
    fi
  }
}

inline swap_to_claimed(f, ticket, from, why, how, gone_well, otherwise) {
  d_step {
    if
    :: IS(f, ticket, from) ->
       claim[f].state = CLAIMED; claim[f].reason = why; how = gone_well; won(f);
       if
       :: from == WAITS -> claimed_from_waits(f)
       :: else -> skip
       fi
    :: else -> how = otherwise
    fi
  }
}

inline qz_wait_claim(f, ticket, why, how) {
  swap_to_claimed(f, ticket, WAITS, why, how, ENQUEUE, (IS(f, ticket, PREPARES) -> SAW_PREPARES : LOST));
  if
  :: how == SAW_PREPARES ->
     swap_to_claimed(f, ticket, PREPARES, why, how, LATER, HAD_COMMITTED);
     if
     :: how == HAD_COMMITTED -> swap_to_claimed(f, ticket, WAITS, why, how, ENQUEUE, LOST)
     :: else -> skip
     fi
  :: else -> skip
  fi
}

inline qz_wait_resume(f, why) {
  d_step {
    assert(claim[f].state == CLAIMED);
    why = claim[f].reason; claim[f].reason = 0; claim[f].state = RUNS;
#ifndef epoch_stays
    claim[f].epoch++
#endif
  }
}
