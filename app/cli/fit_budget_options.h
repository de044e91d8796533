// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/workbench/settings/fit_settings.h"

#include <nlohmann/json.hpp>
#include <string>

namespace CLI {
class App;
}

namespace bitloom {

/// --bits, --bytes, --damage, --memory with --at-context, and --latency of a fit, and what comes of
/// the last two.
struct FitBudgetOptions {
    void add(CLI::App& command, FitSettings& settings);
    /// Fills in what `engine` is asked for.
    void complete(FitSettings& settings, const std::string& engine) const;

private:
    int64_t m_memory = 0; ///< 0: not given
    int64_t m_positions = 0;
    double m_milliseconds = 0; ///< 0: not given
};

/// Null where it was no budget.
nlohmann::ordered_json memoryJson(const FitResult& fit);
nlohmann::ordered_json decodeJson(const FitResult& fit);
/// Of those two.
void printMemory(const nlohmann::ordered_json& memory);
void printDecode(const nlohmann::ordered_json& decode);

} // namespace bitloom
