// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/fisher/fisher_sums.h"

#include "core/analyze/numerics/finite_figures.h"
#include "core/analyze/text/measurement_key.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <string_view>

namespace bitloom {

namespace {

/// Grows with every change of what is measured.
constexpr int64_t kFisherVersion = 4;

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

double squareOf(const torch::Tensor& numbers)
{
    return numbers.square().sum(torch::kFloat64).item<double>();
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
    , activationSums(graph.values.size() * activationSchemes().size())
{
}

void WindowSums::addActivation(int value, const torch::Tensor& rows, const torch::Tensor& gradient)
{
    const std::vector<ActivationScheme>& schemes = activationSchemes();
    ActivationSums sums;
    sums.gradients = squareOf(gradient);
    sums.squares = squareOf(rows);
    sums.numbers = static_cast<double>(rows.numel());
    for (size_t i = 0; i < schemes.size(); ++i) {
        const torch::Tensor errors = fakeQuantized(rows, schemes[i]) - rows;
        const torch::Tensor felt = errors * gradient;
        sums.along = squareOf(felt.sum(1));
        sums.columns = squareOf(felt);
        sums.errors = squareOf(errors);
        activationSums[static_cast<size_t>(value) * schemes.size() + i].add(sums);
    }
}

void WindowSums::requireFinite(const Graph& graph) const
{
    for (size_t i = 0; i < slots.size(); ++i) {
        const std::string name = "the gradient of " + graph.slots[i].name;
        bitloom::requireFinite(name, slots[i].along, "sensitivity");
        bitloom::requireFinite(name, slots[i].rows, "sensitivity");
        bitloom::requireFinite(name, slots[i].columns, "sensitivity");
    }
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
    for (size_t i = 0; i < m_sums.activationSums.size(); ++i)
        m_sums.activationSums[i].add(window.activationSums[i]);
    count(from);
}

Fisher FisherSums::result() const
{
    Fisher result = m_result;
    const int64_t predictions = std::max<int64_t>(1, m_result.predictions);
    for (const SquareSums& sums : m_sums.slots)
        result.slots.push_back(normalised(sums, predictions));
    result.activations = damagesOf(activationMeasurement());
    return result;
}

ActivationMeasurement FisherSums::activationMeasurement() const
{
    ActivationMeasurement result;
    result.windows = m_result.windows;
    result.predictions = m_result.predictions;
    const auto schemes = std::ssize(activationSchemes());
    for (int value = 0; value < static_cast<int>(m_graph.values.size()); ++value) {
        const auto from = m_sums.activationSums.begin() + value * schemes;
        result.values.emplace_back(from, m_graph.canBeQuantized(value) ? from + schemes : from);
    }
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
    bytes.append(reinterpret_cast<const char*>(m_sums.activationSums.data()),
                 m_sums.activationSums.size() * sizeof(ActivationSums));
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
    std::memcpy(m_sums.activationSums.data(), rest.data(), rest.size());
    for (int64_t i = 0; i < done; ++i)
        count(windows[static_cast<size_t>(i)]);
    return true;
}

FisherSumsStore::FisherSumsStore(const TransformedModel& model, const std::vector<Window>& windows,
                                 uint64_t seed, const MeasurementStore& store)
{
    Fingerprint key = measurementKey(model.model(), windows, seed, kFisherVersion);
    for (int value = 0; value < std::ssize(model.graph().values); ++value)
        if (const std::span<const float> divisors = model.divisors(value); !divisors.empty()) {
            key.add(static_cast<int64_t>(value));
            key.add(std::as_bytes(divisors));
        }
    m_entry = store.entry("fisher", key);
}

void FisherSumsStore::restore(FisherSums& sums, const std::vector<Window>& windows) const
{
    if (const auto saved = m_entry.read("sums"))
        sums.restore(*saved, windows);
}

void FisherSumsStore::keep(const FisherSums& sums) const
{
    m_entry.write("sums", sums.saved());
}

} // namespace bitloom
