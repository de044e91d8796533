// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/trace.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace bitloom {

namespace {

/// Running mean and squared deviations (Welford 1962).
class Samples {
public:
    void add(double value)
    {
        ++m_count;
        const double before = value - m_mean;
        m_mean += before / static_cast<double>(m_count);
        m_squares += before * (value - m_mean);
    }
    SampleMean estimate() const
    {
        const auto count = static_cast<double>(m_count);
        return {m_mean, m_count < 2 ? 0 : std::sqrt(m_squares / (count - 1) / count), m_count};
    }

private:
    int64_t m_count = 0;
    double m_mean = 0;
    double m_squares = 0;
};

class TraceSamples {
public:
    explicit TraceSamples(const SymmetricOperator& matrix)
        : m_sizes(matrix.parts)
        , m_parts(matrix.parts.size())
    {
    }
    void add(const Vector& signs, const Vector& product)
    {
        double sum = 0;
        size_t from = 0;
        for (size_t part = 0; part < m_sizes.size(); ++part) {
            const double sample = dot(signs, product, from, from + m_sizes[part]);
            m_parts[part].add(sample);
            sum += sample;
            from += m_sizes[part];
        }
        m_whole.add(sum);
    }
    TraceEstimate estimate() const
    {
        TraceEstimate result;
        result.whole = m_whole.estimate();
        for (const Samples& part : m_parts)
            result.parts.push_back(part.estimate());
        return result;
    }

private:
    std::vector<size_t> m_sizes;
    Samples m_whole;
    std::vector<Samples> m_parts;
};

/// The error that decides when it is enough.
double largestError(const TraceEstimate& estimate, const TraceSettings& settings)
{
    double error = estimate.whole.relativeError();
    if (settings.everyPart)
        for (const SampleMean& part : estimate.parts)
            error = std::max(error, part.relativeError());
    return error;
}

/// Errors shrink with the root of the number of samples.
double shareDone(double error, int64_t samples, const TraceSettings& settings)
{
    const double done = static_cast<double>(samples);
    const double byError = std::min(1.0, std::pow(settings.relativeError / error, 2));
    return std::max(done / static_cast<double>(settings.atMost),
                    std::min(byError, done / static_cast<double>(settings.atLeast)));
}

} // namespace

double SampleMean::relativeError() const
{
    return mean == 0 ? std::numeric_limits<double>::infinity() : standardError / std::abs(mean);
}

TraceEstimate estimateTrace(const SymmetricOperator& matrix, const TraceSettings& settings,
                            Progress& progress,
                            const std::function<void(const TraceEstimate&)>& onSample)
{
    TraceSamples samples(matrix);
    TraceEstimate result = samples.estimate();
    double done = 0; // never less than before, though an error may grow again
    for (int64_t n = 1; n <= settings.atMost && !result.converged; ++n) {
        const Vector signs =
            randomSigns(matrix.dimension(), settings.seed, static_cast<uint64_t>(n));
        const Vector product = matrix.product(signs, progress);
        if (product.empty())
            break;
        samples.add(signs, product);
        result = samples.estimate();
        const double error = largestError(result, settings);
        result.converged = n >= settings.atLeast && error < settings.relativeError;
        done = std::max(done, shareDone(error, n, settings));
        progress.report(done, "sample " + std::to_string(n));
        if (onSample)
            onSample(result);
    }
    return result;
}

} // namespace bitloom
