%% A server that tells its owner when it is there, and that any message ends by an error.
-module(crashing_server).
-behaviour(gen_server).
-export([start_link/1, crash/1, init/1, handle_call/3, handle_cast/2]).

start_link(Owner) -> gen_server:start_link(?MODULE, Owner, []).

crash(Server) -> gen_server:cast(Server, crash).

init(Owner) ->
    Owner ! {started, self()},
    {ok, []}.

handle_call(_, _, State) -> {noreply, State}.

handle_cast(crash, _) -> error(crash).
