package operations

import (
	"context"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/metrics"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/topdown/print"
)

// maxSteps of one query. OPA asks whether it was cancelled before each expression; counting its questions ends an
// endless policy at the same place everywhere, and long before the host's clock does.
const maxSteps = 1_000_000

// budget is a topdown.Cancel that cancels itself.
type budget struct{ steps int }

func (b *budget) Cancel()         { b.steps = maxSteps }
func (b *budget) Cancelled() bool { b.steps++; return b.steps > maxSteps }

// zeros is the randomness of builtins that ask for some (signatures): none.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// A prepared query: compiled once, run for each input.
type prepared struct {
	body     ast.Body
	compiler *ast.Compiler
	store    storage.Store
	time     time.Time
	hook     print.Hook
	variable ast.Var
}

// prepare compiles a query of one variable, whose bindings are its results.
func prepare(c *ast.Compiler, store storage.Store, at time.Time, query ast.Body, variable string) (*prepared, error) {
	body, err := c.QueryCompiler().Compile(query)
	if err != nil {
		return nil, err
	}
	return &prepared{body: body, compiler: c, store: store, time: at, variable: ast.Var(variable)}, nil
}

// run yields every binding of the query's variable, in OPA's order.
func (p *prepared) run(txn storage.Transaction, input *ast.Term, yield func(*ast.Term) error) error {
	q := topdown.NewQuery(p.body).
		WithCompiler(p.compiler).
		WithStore(p.store).
		WithTransaction(txn).
		WithInput(input).
		WithTime(p.time).
		WithSeed(zeros{}).
		WithMetrics(metrics.NoOp()).
		WithCancel(&budget{}).
		WithPrintHook(p.hook)
	return q.Iter(context.Background(), func(r topdown.QueryResult) error { return yield(r[p.variable]) })
}

// reading runs a function inside one read transaction.
func reading(store storage.Store, do func(storage.Transaction) error) error {
	ctx := context.Background()
	txn, err := store.NewTransaction(ctx)
	if err != nil {
		return err
	}
	defer store.Abort(ctx, txn)
	return do(txn)
}
