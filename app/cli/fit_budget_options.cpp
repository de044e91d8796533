// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/fit_budget_options.h"

#include "app/cli/options.h"
#include "app/cli/terminal.h"

#include <CLI/CLI.hpp>

namespace bitloom {

namespace {

using Json = nlohmann::ordered_json;

constexpr double kMilliseconds = 1000; ///< of a second

} // namespace

void FitBudgetOptions::add(CLI::App& command, FitSettings& settings)
{
    CLI::Option_group* budget = command.add_option_group(
        "budget", "one of these, or two: a size, memory and latency go together");
    CLI::Option* bits =
        budget->add_option("--bits", settings.bitsPerWeight, "bits per weight, scales included")
            ->check(finiteProblem)
            ->check(CLI::Range(0.01, 64.0));
    CLI::Option* bytes =
        budget->add_option("--bytes", settings.fileBytes, "bytes of the whole file")
            ->check(CLI::Range(int64_t{1}, kLargestOption));
    CLI::Option* damage =
        budget
            ->add_option("--damage", settings.mostDamage,
                         "the smallest file with at most this predicted damage (KL, or 1 − cosine)")
            ->check(finiteProblem)
            ->check(CLI::PositiveNumber);
    CLI::Option* memory =
        budget
            ->add_option("--memory", m_memory,
                         "bytes of memory while it runs on Vulkan: packed weights, KV cache and "
                         "activations")
            ->check(CLI::Range(int64_t{1}, kLargestOption));
    CLI::Option* latency =
        budget
            ->add_option("--latency", m_milliseconds,
                         "milliseconds a token takes on this device, by measured kernel times")
            ->check(finiteProblem)
            ->check(CLI::PositiveNumber);
    budget->require_option(1, 2);
    bits->excludes(bytes);
    for (CLI::Option* other : {bits, bytes, memory, latency})
        damage->excludes(other);
    command
        .add_option("--at-context", m_positions,
                    "tokens of the text that --memory holds; otherwise all the network reads")
        ->check(CLI::Range(int64_t{1}, kLargestOption))
        ->needs(memory);
}

void FitBudgetOptions::complete(FitSettings& settings, const std::string& engine) const
{
    if (m_memory > 0)
        settings.memory = MemoryBudget{m_memory, m_positions};
    if (m_milliseconds > 0)
        settings.decode = DecodeBudget{m_milliseconds / kMilliseconds, engine};
}

Json memoryJson(const FitResult& fit)
{
    if (!fit.memory)
        return nullptr;
    return {{"engine", fit.memory->engine},           {"context", fit.memory->positions},
            {"weights", fit.memory->weights},         {"key_value_cache", fit.memory->states},
            {"activations", fit.memory->activations}, {"bytes", fit.memory->total()}};
}

Json decodeJson(const FitResult& fit)
{
    if (!fit.decode)
        return nullptr;
    return {{"engine", fit.decode->engine},
            {"milliseconds", fit.decodeSeconds * kMilliseconds},
            {"milliseconds_beside_products", fit.decode->rest * kMilliseconds},
            {"depends_on_scheme", fit.decode->dependsOnScheme}};
}

void printMemory(const Json& memory)
{
    print("%s bytes of memory at context %s: weights %s, KV cache %s, activations %s (%s)\n",
          memory["bytes"].dump().c_str(), memory["context"].dump().c_str(),
          memory["weights"].dump().c_str(), memory["key_value_cache"].dump().c_str(),
          memory["activations"].dump().c_str(), memory["engine"].get<std::string>().c_str());
}

void printDecode(const Json& decode)
{
    print("%.4g ms a token predicted, %.4g of them whatever the recipe (%s)\n",
          decode["milliseconds"].get<double>(),
          decode["milliseconds_beside_products"].get<double>(),
          decode["engine"].get<std::string>().c_str());
}

} // namespace bitloom
