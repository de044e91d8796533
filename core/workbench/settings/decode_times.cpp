// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/settings/decode_times.h"

#include "core/base/error.h"
#include "core/network/graph/operations.h"
#include "core/quantize/variant/variant.h"
#include "core/workbench/settings/product_timer.h"
#include "core/workbench/settings/run_memory.h"

#include <algorithm>
#include <mutex>
#include <utility>

namespace bitloom {

namespace {

std::string sentence(const ProductShape& product)
{
    const auto& [rows, columns, scheme] = product;
    return "timing " + scheme + ", " + std::to_string(rows) + " × " + std::to_string(columns);
}

/// What an engine has no need to tell apart, under one name.
std::set<ProductShape> different(const std::set<ProductShape>& products, bool dependsOnScheme)
{
    if (dependsOnScheme)
        return products;
    std::set<ProductShape> shapes;
    for (const auto& [rows, columns, scheme] : products)
        shapes.insert({rows, columns, "f32"});
    return shapes;
}

/// The least that was measured of a model on an engine since the program started: two fits in a row
/// should not differ by what disturbed one of them.
double leastRest(const std::pair<std::string, std::string>& engineAndModel, double measured)
{
    static std::mutex mutex;
    static std::map<std::pair<std::string, std::string>, double> known;
    const std::scoped_lock lock(mutex);
    double& least = known.try_emplace(engineAndModel, measured).first->second;
    least = std::min(least, measured);
    return least;
}

} // namespace

int productsWith(const Graph& graph, int slot)
{
    int count = 0;
    for (const Step& step : graph.programs.front().steps)
        for (const StepMatrix& matrix : matricesOf(step))
            count += matrix.slot == slot && matrix.multiplied() ? 1 : 0;
    return count;
}

ProductShape productOf(const Model& model, int slot, const std::string& scheme)
{
    const Slot& of = model.graph.slot(slot);
    return {of.rows, of.columns, std::string(storedScheme(model, of, scheme).id())};
}

double DecodeTimes::ofSlot(const Model& model, int slot, const std::string& scheme) const
{
    const int count = productsWith(model.graph, slot);
    if (count == 0)
        return 0;
    ProductShape product = productOf(model, slot, scheme);
    if (!dependsOnScheme)
        std::get<2>(product) = "f32";
    const auto found = products.find(product);
    if (found == products.end())
        throw Error("fit", "how long " + std::get<2>(product) + " takes was not measured for " +
                               model.graph.slot(slot).name);
    return count * found->second;
}

double DecodeTimes::ofToken(const Model& model, const Recipe& recipe) const
{
    double sum = rest;
    for (size_t i = 0; i < model.graph.slots.size(); ++i)
        sum += ofSlot(model, static_cast<int>(i), recipe.choice(model.graph.slots[i].name).scheme);
    return sum;
}

double decodeSeconds(Engine& engine, const Graph& graph)
{
    return tokenSeconds(engine, graph);
}

std::optional<DecodeTimes> measureDecodeTimes(const std::shared_ptr<const Model>& model,
                                              const EngineFactory& engines,
                                              const std::string& wanted, const Recipe& reference,
                                              std::set<ProductShape> products, Progress& progress)
{
    if (!model->graph.runnable())
        throw Error("fit", model->missing);
    if (model->graph.readsWholeTexts())
        throw Error("fit", "this network reads whole texts; only those that go on token by token "
                           "have a time per token");
    DecodeTimes times;
    progress.report(0, "timing a token");
    const auto engine =
        engines(model, Variant(TransformedModel(model), reference), wanted, times.notice);
    double whole = decodeSeconds(*engine, model->graph);
    times.engine = engine->description();
    times.dependsOnScheme = engine->id() != "torch"; // plain fp32 on decoded weights
    for (size_t slot = 0; slot < model->graph.slots.size(); ++slot)
        if (productsWith(model->graph, static_cast<int>(slot)) > 0)
            products.insert(productOf(*model, static_cast<int>(slot),
                                      reference.choice(model->graph.slots[slot].name).scheme));
    const ProductTimer timer(engines, engine->id(), times.engine);
    const std::set<ProductShape> timed = different(products, times.dependsOnScheme);
    for (const ProductShape& product : timed) {
        if (progress.stopRequested())
            return std::nullopt;
        progress.report(static_cast<double>(times.products.size() + 1) /
                            static_cast<double>(timed.size() + 1),
                        sentence(product));
        const auto& [rows, columns, scheme] = product;
        times.products[product] = timer.seconds(rows, columns, scheme);
    }
    whole = std::min(whole, decodeSeconds(*engine, model->graph)); // may have been disturbed
    times.rest = leastRest({times.engine, model->identity},
                           std::max(0.0, whole - times.ofToken(*model, reference)));
    return times;
}

} // namespace bitloom
