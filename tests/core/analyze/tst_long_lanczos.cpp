// SPDX-License-Identifier: GPL-3.0-or-later
// Densities whose basis does not fit, or that were interrupted.
#include "core/analyze/hessian/spectral_density.h"
#include "core/analyze/numerics/lanczos_store.h"
#include "tests/core/analyze/known_matrices.h"
#include "tests/core/analyze/stop_after_reports.h"

#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

using namespace bitloom;

namespace {

/// As of a network: a few outliers of both signs above a bulk that falls to zero.
Vector outliersAndBulk(size_t dimension)
{
    Vector values{300, 120, 45, -20, -3};
    for (size_t i = values.size(); i < dimension; ++i)
        values.push_back(10 * std::exp(-12 * static_cast<double>(i) / double(dimension)));
    return values;
}

/// With these eigenvalues; quick, and no different to Lanczos from one in a random basis. Counts
/// its products, and breaks down at one of them.
class Counting {
public:
    explicit Counting(Vector values)
        : m_values(std::move(values))
    {
    }
    SymmetricOperator matrix(int breaksAt = -1)
    {
        m_products = 0;
        return {{m_values.size()}, [this, breaksAt](const Vector& v, Progress& progress) {
                    if (progress.stopRequested())
                        return Vector();
                    if (++m_products == breaksAt)
                        throw std::runtime_error("broken");
                    Vector result = v;
                    for (size_t i = 0; i < v.size(); ++i)
                        result[i] *= m_values[i];
                    return result;
                }};
    }
    int products() const { return m_products; }

private:
    Vector m_values;
    int m_products = 0;
};

/// The distance that weight must be moved by from one distribution to the other, ∫ |F − G|.
double wasserstein(const SpectralNodes& a, const SpectralNodes& b)
{
    std::vector<std::pair<double, double>> steps;
    for (size_t i = 0; i < a.values.size(); ++i)
        steps.emplace_back(a.values[i], a.weights[i]);
    for (size_t i = 0; i < b.values.size(); ++i)
        steps.emplace_back(b.values[i], -b.weights[i]);
    std::ranges::sort(steps);
    double difference = 0;
    double moved = 0;
    for (size_t i = 0; i + 1 < steps.size(); ++i) {
        difference += steps[i].second;
        moved += std::abs(difference) * (steps[i + 1].first - steps[i].first);
    }
    return moved;
}

/// Values within a relative 1e-6, and the weight they share.
std::pair<int, double> copiesOf(double value, const SpectralNodes& nodes)
{
    std::pair<int, double> found;
    for (size_t i = 0; i < nodes.values.size(); ++i)
        if (std::abs(nodes.values[i] - value) < 1e-6 * std::abs(value)) {
            ++found.first;
            found.second += nodes.weights[i];
        }
    return found;
}

bool same(const SpectralDensity& a, const SpectralDensity& b)
{
    return a.steps == b.steps && a.dimension == b.dimension && a.complete == b.complete &&
           std::ranges::equal(a.starts, b.starts,
                              [](const SpectralNodes& x, const SpectralNodes& y) {
                                  return x.values == y.values && x.weights == y.weights;
                              });
}

/// Of 24 products, twelve of each start.
constexpr std::array kBreaks{1, 2, 3, 11, 12, 13, 14, 24};
constexpr double kAlways = 1e9; ///< share of the time that keeping may take

DensitySettings twoStarts()
{
    DensitySettings settings;
    settings.starts = 2;
    settings.steps = 12;
    return settings;
}

} // namespace

class TestLongLanczos : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    Progress m_progress;

    MeasurementEntry fresh() const
    {
        static int64_t count = 0;
        Fingerprint key;
        key.add(count++);
        return MeasurementStore(m_folder.path().toStdString()).entry("density", key);
    }
    QStringList files() const
    {
        QStringList all;
        QDir folder(m_folder.path());
        for (const QString& entry : folder.entryList(QDir::Dirs | QDir::NoDotAndDotDot))
            all += QDir(folder.filePath(entry)).entryList(QDir::Files);
        return all;
    }

private Q_SLOTS:
    void cleanup()
    {
        QDir folder(m_folder.path());
        for (const QString& entry : folder.entryList(QDir::Dirs | QDir::NoDotAndDotDot))
            QDir(folder.filePath(entry)).removeRecursively();
    }

    void aShortBasis_data()
    {
        QTest::addColumn<int64_t>("held");
        for (const int64_t held : {0, 2, 3, 4, 20})
            QTest::addRow("%d", int(held)) << held;
    }

    /// Outliers come as copies, which share the weight of the one; all sums stay right.
    void aShortBasis()
    {
        QFETCH(int64_t, held);
        constexpr size_t kDimension = 3000;
        Counting counting(outliersAndBulk(kDimension));
        DensitySettings settings;
        settings.steps = 120;
        const SpectralNodes all =
            spectralDensity(counting.matrix(), settings, m_progress).starts.front();
        settings.basisBytes = held * int64_t{kDimension * sizeof(double)};
        const SpectralDensity density = spectralDensity(counting.matrix(), settings, m_progress);
        QCOMPARE(density.steps, int64_t{120});
        const SpectralNodes& few = density.starts.front();
        QCOMPARE(copiesOf(300, all).first, 1);
        QVERIFY(copiesOf(300, few).first > 1);
        for (const double outlier : {300, 120, 45, -20}) {
            QVERIFY(std::abs(copiesOf(outlier, few).second * kDimension - 1) < 1e-6);
        }
        SpectralDensity whole;
        whole.starts = {all};
        for (int power = 0; power <= 6; ++power) {
            QVERIFY(std::abs(density.moment(power) / whole.moment(power) - 1) < 1e-10);
        }
        // Exactly: every direction has the same part of a vector of signs.
        const SpectralNodes exact{outliersAndBulk(kDimension),
                                  Vector(kDimension, 1.0 / kDimension)};
        const double apart = wasserstein(few, exact);
        QVERIFY2(apart < 1.5 * wasserstein(all, exact) && apart < 1e-4 * 320,
                 qPrintable(QString::number(apart)));
    }

    /// Broken off at every product: what was done until then is not done again.
    void anInterruptedOneGoesOn_data()
    {
        QTest::addColumn<int64_t>("basisBytes");
        QTest::newRow("whole basis") << DensitySettings().basisBytes;
        QTest::newRow("short basis") << int64_t{0};
    }

    void anInterruptedOneGoesOn()
    {
        QFETCH(int64_t, basisBytes);
        Counting counting(outliersAndBulk(50));
        DensitySettings settings = twoStarts();
        settings.basisBytes = basisBytes;
        const SpectralDensity whole = spectralDensity(counting.matrix(), settings, m_progress);
        const int all = counting.products();
        QCOMPARE(all, 24);
        settings.storingShare = kAlways;
        for (const int at : kBreaks) {
            settings.entry = fresh();
            QVERIFY_THROWS_EXCEPTION(std::runtime_error,
                                     spectralDensity(counting.matrix(at), settings, m_progress));
            QVERIFY(same(spectralDensity(counting.matrix(), settings, m_progress), whole));
            QCOMPARE(counting.products(), all - (at - 1));
        }
    }

    /// The partial result is what it is without a store; nothing is repeated.
    void aStoppedOneGoesOn()
    {
        Counting counting(outliersAndBulk(50));
        DensitySettings settings = twoStarts();
        const SpectralDensity whole = spectralDensity(counting.matrix(), settings, m_progress);
        settings.storingShare = 0; // only where it is stopped
        for (const int at : kBreaks) {
            const int reports = at - 1;
            settings.entry = {};
            StopAfterReports alone(reports);
            const SpectralDensity slice = spectralDensity(counting.matrix(), settings, alone);
            settings.entry = fresh();
            StopAfterReports stop(reports);
            QVERIFY(same(spectralDensity(counting.matrix(), settings, stop), slice));
            StopAfterReports atOnce(0);
            QVERIFY(same(spectralDensity(counting.matrix(), settings, atOnce), slice));
            QCOMPARE(counting.products(), 0);
            StopAfterReports sound(100);
            QVERIFY(same(spectralDensity(counting.matrix(), settings, sound), whole));
            QVERIFY(sound.sound());
            QCOMPARE(counting.products(), 24 - reports);
        }
    }

    void onlyTheNodesStay()
    {
        Counting counting(outliersAndBulk(50));
        DensitySettings settings = twoStarts();
        settings.entry = fresh();
        settings.basisBytes = 0;
        settings.storingShare = kAlways;
        StopAfterReports stop(17);
        spectralDensity(counting.matrix(), settings, stop);
        QCOMPARE(files(), (QStringList{"numbers", "start-1.4", "start-1.5", "start-1.numbers"}));
        const SpectralDensity whole = spectralDensity(counting.matrix(), settings, m_progress);
        QCOMPARE(files(), QStringList{"numbers"});
        QVERIFY(same(storedDensity(settings), whole));
        QVERIFY(same(spectralDensity(counting.matrix(), settings, m_progress), whole));
        QCOMPARE(counting.products(), 0);
    }

    /// Another program does the same from beginning to end within any of the products.
    void twoAtOnce()
    {
        Counting counting(outliersAndBulk(50));
        DensitySettings settings = twoStarts();
        const SpectralDensity whole = spectralDensity(counting.matrix(), settings, m_progress);
        settings.storingShare = kAlways;
        for (const int at : kBreaks) {
            settings.entry = fresh();
            Counting other(outliersAndBulk(50));
            const SymmetricOperator plain = counting.matrix();
            const SymmetricOperator meanwhile{
                plain.slices, [&](const Vector& v, Progress& progress) {
                    if (counting.products() == at - 1) {
                        if (!same(spectralDensity(other.matrix(), settings, progress), whole))
                            throw std::runtime_error("the other went wrong");
                    }
                    return plain.product(v, progress);
                }};
            QVERIFY(same(spectralDensity(meanwhile, settings, m_progress), whole));
            QVERIFY(same(storedDensity(settings), whole));
            QVERIFY(files().count("numbers") == files().size()); // the nodes of each
        }
    }

    /// Keeping takes no longer than its share; what is broken or gone is measured anew.
    void aStateIsWholeOrNothing()
    {
        Counting counting(outliersAndBulk(50));
        const SymmetricOperator matrix = counting.matrix();
        const MeasurementEntry entry = fresh();
        Lanczos lanczos(matrix, randomSigns(50, 1, 0), 2);
        LanczosStore seldom(entry, "run", 0);
        for (int i = 0; i < 5; ++i) {
            QVERIFY(lanczos.step(m_progress));
            seldom.storeWhenDue(lanczos.state()); // the first: it is not known how long it takes
        }
        QCOMPARE(LanczosStore(entry, "run", 0).load(50)->steps(), int64_t{1});
        seldom.keep(lanczos.state());
        const auto state = LanczosStore(entry, "run", 0).load(50);
        QCOMPARE(state->steps(), int64_t{5});
        QVERIFY(state->basis == lanczos.state().basis && state->next == lanczos.state().next);
        QVERIFY(!LanczosStore(entry, "run", 0).load(49));
        QVERIFY(!LanczosStore(entry, "other", 0).load(50));
        entry.remove("run.3");
        QVERIFY(!LanczosStore(entry, "run", 0).load(50));
    }
};

QTEST_APPLESS_MAIN(TestLongLanczos)
#include "tst_long_lanczos.moc"
