// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/progress.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

namespace bitloom {

/// Threads used when nobody asks for a number.
inline int defaultThreads()
{
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

/// Calls `body(index, worker)` once for every index in [0, count), on `threads` threads (0: all
/// cores); worker is in [0, threads). Returns the indices left out because a stop was requested.
/// The first exception of a body ends the loop and is rethrown here. Results must not depend on
/// which worker or in which order: that keeps bytes independent of the thread count.
template <typename Body>
int64_t parallelFor(int64_t count, int threads, Progress& progress, std::string_view what,
                    const Body& body)
{
    std::atomic<int64_t> next = 0;
    std::atomic<int64_t> done = 0;
    std::atomic<bool> failed = false;
    std::exception_ptr failure;
    std::mutex failureMutex;
    const auto work = [&](int worker) {
        while (!failed && !progress.stopRequested()) {
            const int64_t index = next++;
            if (index >= count)
                return;
            try {
                body(index, worker);
            } catch (...) {
                const std::scoped_lock lock(failureMutex);
                if (!failed.exchange(true))
                    failure = std::current_exception();
                return;
            }
            progress.report(static_cast<double>(++done) / static_cast<double>(count), what);
        }
    };
    const int64_t wanted = std::min<int64_t>(threads > 0 ? threads : defaultThreads(), count);
    std::vector<std::thread> others;
    for (int worker = 1; worker < wanted; ++worker)
        others.emplace_back(work, worker);
    work(0);
    for (std::thread& other : others)
        other.join();
    if (failure)
        std::rethrow_exception(failure);
    return count - done;
}

} // namespace bitloom
