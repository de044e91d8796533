// SPDX-License-Identifier: GPL-3.0-or-later
// Traces, eigenvalues and densities of matrices that are known.
#include "core/analyze/hessian/spectral_density.h"
#include "core/analyze/hessian/trace.h"
#include "core/analyze/numerics/eigenvalues.h"
#include "core/analyze/numerics/lanczos.h"
#include "tests/core/analyze/known_matrices.h"
#include "tests/core/analyze/stop_after_reports.h"

#include <QTest>
#include <algorithm>
#include <cmath>

using namespace bitloom;

namespace {

bool within(double found, double expected, double relative)
{
    return std::abs(found - expected) <= relative * std::abs(expected);
}

} // namespace

class TestSpectrum : public QObject {
    Q_OBJECT

    Progress m_progress;

    static void liesWithin(const SampleMean& found, double exact, double& squares)
    {
        const double distance = std::abs(found.mean - exact);
        QVERIFY2(
            distance < 4 * found.standardError,
            qPrintable(
                QString("%1 ± %2, truly %3").arg(found.mean).arg(found.standardError).arg(exact)));
        squares += std::pow(distance / found.standardError, 2);
    }

private Q_SLOTS:
    /// Whole and blocks from the same products, for 30 seeds: within four errors always, and the
    /// errors are as large as stated.
    void tracesAreUnbiased()
    {
        const Known known = turned(spread(), 3);
        const SymmetricOperator matrix = known.asOperator({25, 5, 10});
        double squares = 0;
        TraceSettings settings;
        settings.atLeast = settings.atMost = 100;
        constexpr uint64_t kSeeds = 30;
        for (settings.seed = 1; settings.seed <= kSeeds; ++settings.seed) {
            const TraceEstimate found = estimateTrace(matrix, settings, m_progress);
            QCOMPARE(found.whole.samples, int64_t{100});
            liesWithin(found.whole, known.traceOf(0, 40), squares);
            liesWithin(found.slices[0], known.traceOf(0, 25), squares);
            liesWithin(found.slices[1], known.traceOf(25, 30), squares);
            liesWithin(found.slices[2], known.traceOf(30, 40), squares);
        }
        const double meanSquare = squares / (4.0 * kSeeds);
        QVERIFY2(meanSquare > 0.7 && meanSquare < 1.4, qPrintable(QString::number(meanSquare)));
    }

    /// Var = 2 (‖A‖² − Σ A_ii²).
    void sampleVarianceIsTheFormula()
    {
        const Known known = turned(spread(), 3);
        TraceSettings settings;
        settings.atLeast = settings.atMost = 4000;
        const TraceEstimate found = estimateTrace(known.asOperator(), settings, m_progress);
        const double variance = found.whole.standardError * found.whole.standardError * 4000;
        QVERIFY2(within(variance, 2 * known.offDiagonalSquares(), 0.1),
                 qPrintable(QString::number(variance / known.offDiagonalSquares())));
    }

    void samplingEndsWhereItIsSure()
    {
        const Known exact = diagonal({1, 2, 3, 4});
        TraceSettings settings;
        const TraceEstimate found = estimateTrace(exact.asOperator(), settings, m_progress);
        QCOMPARE(found.whole.mean, 10.0);
        QCOMPARE(found.whole.samples, settings.atLeast);
        QVERIFY(found.converged);
        // Slices that cancel: the whole is sure before they are.
        Known noisy = turned(spread(), 5);
        for (size_t i = 0; i < noisy.dimension; ++i)
            noisy.numbers[i * noisy.dimension + i] += i < 5 ? 1 : 10;
        settings.atMost = 5000;
        const SymmetricOperator slices = noisy.asOperator({5, 35});
        const TraceEstimate whole = estimateTrace(slices, settings, m_progress);
        settings.everySlice = true;
        const TraceEstimate each = estimateTrace(slices, settings, m_progress);
        QVERIFY(whole.converged && each.converged);
        QVERIFY(each.whole.samples > whole.whole.samples);
        QVERIFY(each.slices[0].relativeError() < 0.05 && each.slices[1].relativeError() < 0.05);
        settings.atMost = 30;
        QVERIFY(!estimateTrace(slices, settings, m_progress).converged);
    }

    void stoppedTracesKeepTheirSamples()
    {
        const Known known = turned(spread(), 3);
        StopAfterReports stop(7);
        int seen = 0;
        const TraceEstimate found =
            estimateTrace(known.asOperator(), {}, stop, [&](const TraceEstimate& running) {
                QCOMPARE(running.whole.samples, int64_t{++seen});
            });
        QCOMPARE(seen, 7);
        QVERIFY(!found.converged && stop.sound());
        TraceSettings fewer;
        fewer.atMost = 7;
        QCOMPARE(found.whole.mean, estimateTrace(known.asOperator(), fewer, m_progress).whole.mean);
    }

    void lanczosFindsTheLargestOfAll()
    {
        const Known known = turned(spread(), 4);
        EigenvalueSettings settings;
        const Eigenpair found = largestEigenvalue(known.asOperator(), settings, m_progress);
        QVERIFY(found.converged);
        QVERIFY2(within(found.value, 4, 1e-3), qPrintable(QString::number(found.value)));
        QVERIFY(found.products < 40);
        Vector product = known.asOperator().product(found.vector, m_progress);
        addScaled(product, -found.value, found.vector);
        QVERIFY(norm(product) <= 1.01e-3 * found.value);
        EigenvalueSettings little;
        little.basisBytes = 1;
        const Eigenpair restarted = largestEigenvalue(known.asOperator(), little, m_progress);
        QVERIFY(restarted.converged && restarted.products > found.products); // it was restarted
        QVERIFY(within(restarted.value, 4, 1e-3));
        QVERIFY(std::abs(norm(restarted.vector) - 1) < 1e-10);
        settings.atMost = 2;
        QVERIFY(!largestEigenvalue(known.asOperator(), settings, m_progress).converged);
        StopAfterReports stop(3);
        const Eigenpair stopped = largestEigenvalue(known.asOperator(), {}, stop);
        QVERIFY(!stopped.converged && stopped.products == 3 && !stopped.vector.empty());
    }

    void lanczosGoesOnWhereTheSpaceEnds()
    {
        const Vector values{2, 2, 2, -1, -1, 0.5, 0, 0};
        const Known known = turned(values, 8);
        const SymmetricOperator matrix = known.asOperator();
        Lanczos lanczos(matrix, randomSigns(8, 1, 1), 5);
        while (lanczos.step(m_progress)) {
        }
        QCOMPARE(lanczos.steps(), int64_t{8});
        Vector sorted = values;
        std::ranges::sort(sorted);
        const Eigensystem system = eigensystem(lanczos.tridiagonal());
        for (size_t i = 0; i < 8; ++i)
            QVERIFY2(std::abs(system.values[i] - sorted[i]) < 1e-10,
                     qPrintable(QString::number(system.values[i])));
    }

    void densityOfAKnownSpectrum()
    {
        const Vector values{-2, -1, 0, 0.25, 1, 3, 7, 20};
        DensitySettings settings;
        settings.starts = 3;
        const SpectralDensity found =
            spectralDensity(diagonal(values).asOperator(), settings, m_progress);
        QVERIFY(found.complete);
        QCOMPARE(found.steps, int64_t{8}); // never more than the dimension
        for (const SpectralNodes& nodes : found.starts) {
            QCOMPARE(nodes.values.size(), values.size());
            for (size_t i = 0; i < values.size(); ++i) {
                QVERIFY(std::abs(nodes.values[i] - values[i]) < 1e-9);
                QVERIFY(std::abs(nodes.weights[i] - 1.0 / 8) < 1e-9);
            }
        }
        QVERIFY(std::abs(found.moment(0) - 1) < 1e-12);
        QVERIFY(std::abs(found.moment(1) - 28.25 / 8) < 1e-9);
        QVERIFY(within(found.moment(2), (4 + 1 + 0.0625 + 1 + 9 + 49 + 400) / 8, 1e-9));
    }

    void fewDirectionsCarryTheCurvature()
    {
        const Vector values{0.1, 0.2, -6, 0.3, 0.4, 0.5, 10, 0.6, 0.7, 0.8, -0.9, 1};
        DensitySettings settings;
        settings.starts = 3;
        const SpectralDensity found =
            spectralDensity(diagonal(values).asOperator(), settings, m_progress);
        QCOMPARE(found.dimension, int64_t{12});
        const CurvatureShare half = directionsCarrying(found, 0.5); // 10 of 21.5 is less
        QVERIFY(std::abs(half.directions.value - 2) < 1e-6);
        QVERIFY(half.directions.standardError < 1e-6);
        QVERIFY(within(half.smallest, 6, 1e-9));
        QVERIFY(within(half.restLow, -0.9, 1e-9) && within(half.restHigh, 1, 1e-9));
        QVERIFY(within(half.negative, 6.9 / 21.5, 1e-9));
        QVERIFY(std::abs(directionsCarrying(found, 0.4).directions.value - 1) < 1e-6);
    }

    /// In a random basis a start sees each direction more or less; the mean is right, within the
    /// error that it states.
    void countsAreAsSureAsTheySay()
    {
        const Known known = turned(spread(), 8);
        DensitySettings settings;
        settings.starts = 100;
        const CurvatureShare half =
            directionsCarrying(spectralDensity(known.asOperator(), settings, m_progress), 0.35);
        QVERIFY(half.directions.standardError > 0.05);
        QVERIFY2(std::abs(half.directions.value - 3) < 4 * half.directions.standardError,
                 qPrintable(QString::number(half.directions.value)));
    }

    void aWidenedDensityKeepsItsArea()
    {
        DensitySettings settings;
        const SpectralDensity found =
            spectralDensity(diagonal({1e-4, 2e-4, 5e-4, 1e-3}).asOperator(), settings, m_progress);
        const SpectralDensity::Curve curve = found.widened(2e-5, 500);
        QVERIFY(curve.values.back() < 1.1e-3); // on the spectrum's own scale
        const double step = curve.values[1] - curve.values[0];
        QVERIFY(std::abs(step * std::accumulate(curve.density.begin(), curve.density.end(), 0.0) -
                         1) < 1e-9);
    }

    void momentsAreTracesOfPowers()
    {
        const Vector values = spread();
        const Known known = turned(values, 6);
        DensitySettings settings;
        settings.starts = 400;
        settings.steps = 8; // exact for powers up to 15
        const SpectralDensity found = spectralDensity(known.asOperator(), settings, m_progress);
        for (int power = 1; power <= 4; ++power) {
            double exact = 0;
            for (const double value : values)
                exact += std::pow(value, power) / static_cast<double>(values.size());
            QVERIFY2(std::abs(found.moment(power) - exact) <
                         0.05 * std::pow(6, power - 1) * std::abs(found.lowest()) / 6,
                     qPrintable(QString("moment %1: %2, truly %3")
                                    .arg(power)
                                    .arg(found.moment(power))
                                    .arg(exact)));
        }
        const auto curve = found.curve();
        QCOMPARE(curve.values.size(), size_t{10000});
        const double step = curve.values[1] - curve.values[0];
        QVERIFY(std::abs(step * std::accumulate(curve.density.begin(), curve.density.end(), 0.0) -
                         1) < 1e-9);
        QVERIFY(std::abs(step * dot(curve.values, curve.density) - found.moment(1)) < 1e-2);
        QVERIFY(within(curve.values.front(), found.lowest() - 0.01, 1e-12));
    }

    void densityStops()
    {
        const Known known = turned(spread(), 6);
        DensitySettings settings;
        settings.starts = 3;
        settings.steps = 10;
        const SpectralDensity whole = spectralDensity(known.asOperator(), settings, m_progress);
        QVERIFY(whole.complete);
        QCOMPARE(whole.steps, int64_t{10});
        StopAfterReports second(15);
        const SpectralDensity one = spectralDensity(known.asOperator(), settings, second);
        QVERIFY(!one.complete && second.sound());
        QCOMPARE(one.starts.size(), size_t{1});
        QCOMPARE(one.starts[0].values, whole.starts[0].values);
        StopAfterReports first(4);
        const SpectralDensity slice = spectralDensity(known.asOperator(), settings, first);
        QCOMPARE(slice.steps, int64_t{4});
        QVERIFY(std::abs(slice.moment(0) - 1) < 1e-12);
        StopAfterReports atOnce(0);
        QVERIFY(spectralDensity(known.asOperator(), settings, atOnce).starts.empty());
    }

    void subsetsGiveMeanPlusDeviation()
    {
        QCOMPARE(meanPlusDeviation({-3, -1}), 3.0);
        QCOMPARE(meanPlusDeviation({2}), 2.0);
        QCOMPARE(meanPlusDeviation({}), 0.0);
    }
};

QTEST_APPLESS_MAIN(TestSpectrum)
#include "tst_spectrum.moc"
