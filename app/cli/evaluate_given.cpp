// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/evaluate_results.h"
#include "app/cli/tensor_files.h"
#include "app/cli/terminal.h"

#include "core/base/error.h"
#include "core/workbench/generation/generation.h"
#include "core/workbench/workbench.h"

#include <CLI/CLI.hpp>

namespace bitloom {

namespace {

using Json = nlohmann::ordered_json;

/// The value that tensors are fed as.
int valueOf(const Graph& graph, const std::string& name)
{
    const Program& program = graph.programs.front();
    if (name.empty()) {
        if (program.readsTokens)
            throw Error("evaluate",
                        "this network reads tokens; name the value to start at with --at");
        return program.input;
    }
    const int value = graph.findValue(name);
    if (value >= 0)
        return value;
    std::string known;
    for (const Value& other : graph.values)
        known += (known.empty() ? "" : ", ") + other.name;
    throw Error("evaluate", "there is no value " + name + " in this network; it has " + known);
}

Json rowsJson(const NamedMatrix& tensor)
{
    if (tensor.vector)
        return tensor.rows.values;
    Json rows = Json::array();
    for (int64_t row = 0; row < tensor.rows.rows; ++row)
        rows.push_back(tensor.rows.row(row));
    return rows;
}

} // namespace

void GivenOptions::add(CLI::App& command)
{
    command.add_option("--at", at, "with --inputs: the value they are, as `embeddings`");
    output.add(command, "with --inputs: a safetensors file for the outputs, under the same names")
        ->needs("--inputs");
}

Json givenResult(Workbench& workbench, const std::optional<Recipe>& recipe,
                 const GivenOptions& options, const std::string& engine, bool progress)
{
    const Graph& graph = workbench.model().graph;
    if (!graph.runnable())
        throw Error("evaluate", "this model cannot run. " + workbench.model().missing);
    const int value = valueOf(graph, options.at);
    const bool pooled = graph.value(graph.programs.front().output).perText;
    std::vector<NamedMatrix> outputs;
    EngineUse used;
    TerminalProgress shown(progress);
    for (NamedMatrix& tensor : readTensors(options.inputs)) {
        TextBatch batch;
        batch.given = value;
        const bool perText = graph.value(value).perText;
        batch.lengths = perText ? std::vector<int64_t>(static_cast<size_t>(tensor.rows.rows), 1)
                                : std::vector<int64_t>{tensor.rows.rows};
        batch.rows = std::move(tensor.rows);
        Matrix rows = workbench.generation().runGiven(recipe, batch, engine, shown, used);
        endIfInterrupted("evaluate");
        outputs.push_back({tensor.name, std::move(rows), pooled && !perText});
    }
    printNotice(used.notice);
    Json result = {
        {"inputs", outputs.size()}, {"at", graph.value(value).name}, {"engine", used.id}};
    if (options.output.given()) {
        writeTensors(options.output.file(), outputs);
        result["output"] = options.output.path;
        return result;
    }
    for (const NamedMatrix& tensor : outputs)
        result["outputs"][tensor.name] = rowsJson(tensor);
    return result;
}

void printGiven(const Json& result)
{
    if (result.contains("output"))
        print("%s outputs written to %s (%s)\n", result["inputs"].dump().c_str(),
              result["output"].get<std::string>().c_str(),
              result["engine"].get<std::string>().c_str());
    else
        for (const auto& [name, rows] : result["outputs"].items())
            print("%-18s %s\n", name.c_str(), rows.dump().c_str());
}

} // namespace bitloom
