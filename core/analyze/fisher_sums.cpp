// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/fisher_sums.h"

#include "core/analyze/measurement_key.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <string_view>

namespace bitloom {

namespace {

/// Grows with every change of what is measured.
constexpr int64_t kVersion = 3;

SlotFisher normalised(const SquareSums& sums, int64_t predictions)
{
    SlotFisher fisher;
    const double share = 1.0 / static_cast<double>(predictions);
    for (const double sum : sums.rows)
        fisher.rowSums.push_back(static_cast<float>(sum * share));
    for (const double sum : sums.columns)
        fisher.columnSums.push_back(static_cast<float>(sum * share));
    fisher.total = std::accumulate(fisher.rowSums.begin(), fisher.rowSums.end(), 0.0);
    if (!fisher.empty())
        fisher.alongWeights = sums.along * share;
    return fisher;
}

void append(std::string& bytes, const std::vector<double>& numbers, int64_t count)
{
    std::vector<double> all = numbers; // none: no window reached the slot
    all.resize(static_cast<size_t>(count));
    bytes.append(reinterpret_cast<const char*>(all.data()), all.size() * sizeof(double));
}

std::vector<double> taken(std::string_view& bytes, int64_t count)
{
    std::vector<double> numbers(static_cast<size_t>(count));
    std::memcpy(numbers.data(), bytes.data(), numbers.size() * sizeof(double));
    bytes.remove_prefix(numbers.size() * sizeof(double));
    return numbers;
}

} // namespace

WindowSums::WindowSums(const Graph& graph)
    : slots(graph.slots.size())
    , roundings(graph.values.size() * activationSchemes().size())
{
}

void WindowSums::addRoundings(int value, const torch::Tensor& rows, const torch::Tensor& gradient)
{
    const std::vector<ActivationScheme>& schemes = activationSchemes();
    for (size_t i = 0; i < schemes.size(); ++i)
        roundings[static_cast<size_t>(value) * schemes.size() + i] +=
            ((rounded(rows, schemes[i]) - rows) * gradient)
                .sum(1)
                .square()
                .sum(torch::kFloat64)
                .item<double>();
}

void FisherSums::count(const Window& window)
{
    ++m_result.windows;
    m_result.predictions += window.predictions();
    m_result.context = std::max(m_result.context, static_cast<int64_t>(window.tokens.size()));
}

void FisherSums::add(const WindowSums& window, const Window& from)
{
    for (size_t i = 0; i < m_sums.slots.size(); ++i)
        m_sums.slots[i].merge(window.slots[i]);
    for (size_t i = 0; i < m_sums.roundings.size(); ++i)
        m_sums.roundings[i] += window.roundings[i];
    count(from);
}

Fisher FisherSums::result() const
{
    Fisher result = m_result;
    const int64_t predictions = std::max<int64_t>(1, m_result.predictions);
    for (const SquareSums& sums : m_sums.slots)
        result.slots.push_back(normalised(sums, predictions));
    result.roundings.resize(m_graph.values.size());
    const size_t schemes = activationSchemes().size();
    for (size_t value = 0; value < m_graph.values.size(); ++value)
        for (size_t i = 0; i < schemes && m_graph.canBeRounded(static_cast<int>(value)); ++i)
            result.roundings[value].push_back(m_sums.roundings[value * schemes + i] / 2 /
                                              static_cast<double>(predictions));
    return result;
}

std::string FisherSums::saved() const
{
    std::string bytes(reinterpret_cast<const char*>(&m_result.windows), sizeof m_result.windows);
    for (size_t i = 0; i < m_sums.slots.size(); ++i) {
        const SquareSums& sums = m_sums.slots[i];
        append(bytes, sums.rows, m_graph.slots[i].rows);
        append(bytes, sums.columns, m_graph.slots[i].columns);
        append(bytes, {sums.along}, 1);
    }
    append(bytes, m_sums.roundings, std::ssize(m_sums.roundings));
    return bytes;
}

bool FisherSums::restore(const std::string& saved, const std::vector<Window>& windows)
{
    if (saved.size() != this->saved().size())
        return false;
    int64_t done = 0;
    std::memcpy(&done, saved.data(), sizeof done);
    if (done < 0 || done > std::ssize(windows))
        return false;
    std::string_view rest = std::string_view(saved).substr(sizeof done);
    for (size_t i = 0; i < m_sums.slots.size(); ++i) {
        SquareSums& sums = m_sums.slots[i];
        sums.rows = taken(rest, m_graph.slots[i].rows);
        sums.columns = taken(rest, m_graph.slots[i].columns);
        sums.along = taken(rest, 1).front();
        if (std::ranges::all_of(sums.rows, [](double sum) { return sum == 0; }))
            sums = {};
    }
    m_sums.roundings = taken(rest, std::ssize(m_sums.roundings));
    for (int64_t i = 0; i < done; ++i)
        count(windows[static_cast<size_t>(i)]);
    return true;
}

KeptFisherSums::KeptFisherSums(const Model& model, const std::vector<Window>& windows,
                               uint64_t seed, const MeasurementStore& store)
{
    m_entry = store.entry("fisher", measurementKey(model, windows, seed, kVersion));
}

void KeptFisherSums::restore(FisherSums& sums, const std::vector<Window>& windows) const
{
    if (const auto saved = m_entry.read("sums"))
        sums.restore(*saved, windows);
}

void KeptFisherSums::keep(const FisherSums& sums) const
{
    m_entry.write("sums", sums.saved());
}

} // namespace bitloom
