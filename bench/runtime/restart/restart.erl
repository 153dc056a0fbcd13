%% A gen_server whose every message is an error, which its supervisor starts again: restarts in a second, the first
%% thousand and those after, when the supervisor has many to remember. Reports are off: to write them would take longer
%% than all the rest.
-module(restart).
-behaviour(supervisor).
-export([run/1, init/1]).

-define(FIRST, 1000).

run(Count) ->
    ok = logger:set_primary_config(level, none),
    {ok, _} = supervisor:start_link(?MODULE, self()),
    figure:print("first", rate(?FIRST), "k/s"),
    figure:print("storm", rate(Count), "k/s").

rate(Count) -> Count * 1.0e6 / figure:took(fun() -> crash(Count) end).

crash(0) -> ok;
crash(Left) ->
    receive {started, Server} -> crashing_server:crash(Server) end,
    crash(Left - 1).

init(Owner) ->
    Server = #{id => server, start => {crashing_server, start_link, [Owner]}},
    {ok, {#{strategy => one_for_one, intensity => 1000000000, period => 1}, [Server]}}.
