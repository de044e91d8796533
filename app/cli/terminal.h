// SPDX-License-Identifier: GPL-3.0-or-later
// What goes to the terminal: results to standard output, everything else to standard error.
#pragma once

#include "core/progress.h"

#include <chrono>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace bitloom {

/// Ctrl-C and termination ask the running work to stop; a second one ends the program at once.
void stopPolitelyOnInterrupt();
bool interrupted();

/// Shows progress on standard error: one line rewritten on a terminal, one line per tenth
/// otherwise; nothing when standard error is no terminal and nobody asked.
class TerminalProgress : public Progress {
public:
    explicit TerminalProgress(bool asked);
    ~TerminalProgress() override;
    TerminalProgress(const TerminalProgress&) = delete;
    TerminalProgress& operator=(const TerminalProgress&) = delete;

    void report(double fraction, std::string_view what) override;
    bool stopRequested() const override { return interrupted(); }

private:
    bool m_terminal;
    bool m_shown;
    std::mutex m_mutex;
    std::chrono::steady_clock::time_point m_last;
    int m_lastTenth = -1;
    bool m_lineOpen = false;
};

/// One sentence on standard error; nothing when it is empty.
void printNotice(const std::string& sentence);
/// One object, indented, numbers in full precision.
void printJson(const nlohmann::ordered_json& json);
/// printf to standard output.
__attribute__((format(printf, 1, 2))) void print(const char* format, ...);
/// "1.5 MB".
std::string bytesText(int64_t bytes);

/// Throws Error when the user interrupted `verb`; what was done until then stands printed.
void endIfInterrupted(std::string_view verb);

} // namespace bitloom
