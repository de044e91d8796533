// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/numerics/lanczos_store.h"

#include "core/analyze/numerics/number_row.h"

#include <algorithm>
#include <span>
#include <utility>

namespace bitloom {

namespace {

constexpr const char* kNumbers = "numbers";

/// All but the vectors, of which it tells the number.
NumberRows rowsOfState(const Lanczos::State& state)
{
    return {{state.beta, state.scale, static_cast<double>(state.basis.size())},
            rowFrom(state.t.diagonal),
            rowFrom(state.t.offDiagonal)};
}

/// With room for the vectors. Nothing: not what rowsOfState() makes.
std::optional<Lanczos::State> stateFrom(const NumberRows& rows, size_t dimension)
{
    if (rows.size() != 3 || rows[0].size() != 3 || rows[1].size() != rows[2].size() + 1)
        return std::nullopt;
    Lanczos::State state;
    state.beta = rows[0][0];
    state.scale = rows[0][1];
    state.t = {vectorFrom(rows[1]), vectorFrom(rows[2])};
    const auto held = static_cast<size_t>(rows[0][2]);
    for (size_t i = 0; i < held; ++i)
        state.basis.emplace_back(dimension);
    state.next.resize(dimension);
    return state;
}

} // namespace

LanczosStore::LanczosStore(MeasurementEntry entry, const std::string& run, double share)
    : m_entry(std::move(entry))
    , m_beginning(run + '.')
    , m_share(share)
    , m_ended(Clock::now())
{
}

std::optional<Lanczos::State> LanczosStore::load(size_t dimension)
{
    const auto rows = NumberStore(m_entry, m_beginning + kNumbers).load();
    auto state = rows ? stateFrom(*rows, dimension) : std::nullopt;
    if (!state)
        return std::nullopt;
    const Stored stored{state->steps() - std::ssize(state->basis), state->steps()};
    for (int64_t step = stored.first; step <= stored.last; ++step) {
        const auto index = static_cast<size_t>(step - stored.first);
        Vector& vector = step < stored.last ? state->basis[index] : state->next;
        if (!m_entry.readBytes(nameOf(step), std::as_writable_bytes(std::span(vector))))
            return std::nullopt;
    }
    m_stored = stored;
    return state;
}

bool LanczosStore::writeVectors(const Lanczos::State& state, const Stored& wanted) const
{
    for (int64_t step = std::max(wanted.first, m_stored.last + 1); step <= wanted.last; ++step) {
        const auto index = static_cast<size_t>(step - wanted.first);
        const Vector& vector = step < wanted.last ? state.basis[index] : state.next;
        if (!m_entry.writeBytes(nameOf(step), std::as_bytes(std::span(vector))))
            return false;
    }
    return true;
}

void LanczosStore::keep(const Lanczos::State& state)
{
    const Stored wanted{state.steps() - std::ssize(state.basis), state.steps()};
    if (state.steps() == 0 || state.next.empty() || wanted.last == m_stored.last)
        return;
    const auto began = Clock::now();
    if (writeVectors(state, wanted) &&
        NumberStore(m_entry, m_beginning + kNumbers).keep(rowsOfState(state))) {
        for (int64_t step = m_stored.first; step < std::min(wanted.first, m_stored.last + 1);
             ++step)
            m_entry.remove(nameOf(step));
        m_stored = wanted;
    }
    m_ended = Clock::now();
    m_took = m_ended - began;
}

void LanczosStore::storeWhenDue(const Lanczos::State& state)
{
    const std::chrono::duration<double> took = m_took;
    const std::chrono::duration<double> since = Clock::now() - m_ended;
    if (took <= since * m_share)
        keep(state);
}

} // namespace bitloom
