%% A number goes round a ring of 10,000 processes: the time of one hop.
-module(ring).
-export([run/1]).

-define(MEMBERS, 10000).

run(Hops) ->
    First = lists:foldl(fun(_, Next) -> spawn_link(fun() -> pass(Next) end) end, self(), lists:seq(2, ?MEMBERS)),
    Begin = figure:clock(),
    Hop = begin_rounds(First, 0, Hops),
    figure:each("hop", Hop, figure:clock() - Begin).

begin_rounds(_, Hop, Hops) when Hop >= Hops -> Hop;
begin_rounds(First, Hop, Hops) ->
    First ! Hop + 1,
    receive Next -> begin_rounds(First, Next, Hops) end.

pass(Next) ->
    receive Hop -> Next ! Hop + 1 end,
    pass(Next).
