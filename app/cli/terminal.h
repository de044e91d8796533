// SPDX-License-Identifier: GPL-3.0-or-later
// What goes to the terminal: results to standard output, everything else to standard error.
#pragma once

#include "core/base/progress.h"
#include "core/base/time_left.h"

#include <chrono>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace bitloom {

/// Ctrl-C and termination ask the running work to stop; a second one ends the program at once.
void stopPolitelyOnInterrupt();
bool interrupted();

/// What remains of a work that was stopped.
enum class OnStop { KeepsWhatIsDone, KeepsNothing };

/// Shows progress on standard error: one line rewritten on a terminal, one line per tenth
/// otherwise; nothing when standard error is no terminal and nobody asked. What will take more than
/// a minute is said once all the same, as soon as the first pieces tell.
class TerminalProgress : public Progress {
public:
    explicit TerminalProgress(bool asked, OnStop onStop = OnStop::KeepsWhatIsDone);
    ~TerminalProgress() override;
    TerminalProgress(const TerminalProgress&) = delete;
    TerminalProgress& operator=(const TerminalProgress&) = delete;

    void report(double fraction, std::string_view what) override;
    bool stopRequested() const override { return interrupted(); }

private:
    using Clock = std::chrono::steady_clock;
    void tellTime(double fraction, std::string_view what, Clock::time_point now);

    bool m_terminal;
    bool m_shown;
    OnStop m_onStop;
    Clock::time_point m_begin = Clock::now();
    TimeLeft m_left;
    bool m_announced = false;
    std::mutex m_mutex;
    Clock::time_point m_last;
    int m_lastTenth = -1;
    bool m_lineOpen = false;
};

/// One sentence on standard error; nothing when it is empty.
void printNotice(const std::string& sentence);
/// One object, indented, numbers in full precision.
void printJson(const nlohmann::ordered_json& json);
/// printf to standard output.
__attribute__((format(printf, 1, 2))) void print(const char* format, ...);
/// "about 14 minutes", "about 3 hours".
std::string durationText(double seconds);
/// "512 bytes", "1.50 MiB".
std::string bytesText(int64_t bytes);

/// Throws Error when the user interrupted `verb`; what was done until then stands printed.
void endIfInterrupted(std::string_view verb);

} // namespace bitloom
