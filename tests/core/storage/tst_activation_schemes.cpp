// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/base/random.h"
#include "core/storage/activation_scheme.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

using namespace bitloom;

namespace {

/// An odd number of columns: the last stretch of a grouped scheme is short.
constexpr size_t kColumns = 100;

std::vector<float> someRow(uint64_t seed)
{
    std::vector<float> row(kColumns);
    for (size_t i = 0; i < row.size(); ++i)
        row[i] = static_cast<float>(randomNormal(seed, i));
    row[7] = 9; // an outlier
    row[8] = 0;
    return row;
}

struct Stretch {
    size_t from;
    size_t count;
};

std::vector<Stretch> stretches(const ActivationScheme& scheme)
{
    const size_t length = scheme.group > 0 ? static_cast<size_t>(scheme.group) : kColumns;
    std::vector<Stretch> all;
    for (size_t from = 0; from < kColumns; from += length)
        all.push_back({from, std::min(length, kColumns - from)});
    return all;
}

} // namespace

class TestActivationSchemes : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void rounds_data()
    {
        QTest::addColumn<QString>("id");
        for (const ActivationScheme& scheme : activationSchemes())
            QTest::newRow(scheme.id.data()) << QString::fromUtf8(scheme.id);
    }
    /// To no more values than the bits have codes, none further off than half a step, zero to zero;
    /// and each stretch by itself.
    void rounds()
    {
        QFETCH(QString, id);
        const ActivationScheme& scheme = activationSchemeNamed(id.toStdString());
        const std::vector<float> row = someRow(3);
        std::vector<float> rounded = row;
        scheme.fakeQuantize(rounded);
        QCOMPARE(rounded[8], 0.0F);
        for (const auto& [from, count] : stretches(scheme)) {
            const std::span<const float> before(row.data() + from, count);
            const std::span<const float> after(rounded.data() + from, count);
            const double low = std::min(0.0F, *std::ranges::min_element(before));
            const double high = std::max(0.0F, *std::ranges::max_element(before));
            const int codes = 1 << scheme.bits;
            const double step = scheme.symmetric ? std::max(-low, high) / (codes / 2 - 1)
                                                 : (high - low) / (codes - 1);
            const std::set<float> values(after.begin(), after.end());
            QVERIFY(values.size() > 2);
            QVERIFY(static_cast<int>(values.size()) <= codes);
            double worst = 0;
            for (size_t i = 0; i < count; ++i)
                worst = std::max(worst, std::abs(static_cast<double>(after[i]) - before[i]));
            // A zero point that is rounded itself moves the ends by half a step more.
            QVERIFY(worst <= (scheme.symmetric ? 0.5001 : 1.0001) * step);
            QVERIFY(worst > 0.1 * step);
            for (const float value : values)
                QVERIFY(std::abs(std::remainder(value, step)) < 1e-4 * step * codes);
        }
    }

    /// As std::nearbyint does, to the last bit: halves to even, and zeros keep their sign.
    void halvesGoToEven()
    {
        std::vector<float> row;
        for (int quarter = -4 * 127; quarter <= 4 * 127; ++quarter)
            row.push_back(static_cast<float>(quarter) / 4); // in steps of one: the most is 127
        std::vector<float> rounded = row;
        activationSchemeNamed("int8-token-sym").fakeQuantize(rounded);
        for (size_t i = 0; i < row.size(); ++i) {
            const float nearest = std::nearbyint(row[i]);
            QCOMPARE(rounded[i], nearest);
            QCOMPARE(std::signbit(rounded[i]), std::signbit(nearest));
        }
    }

    void knownNumbers()
    {
        std::vector<float> row = {-1.0F, 0.26F, 0.5F, 0.07F};
        activationSchemeNamed("int4-token-sym").fakeQuantize(row);       // steps of 1/7
        const std::vector<double> symmetric = {-1, 2.0 / 7, 4.0 / 7, 0}; // 3.5 goes to even
        for (size_t i = 0; i < row.size(); ++i)
            QVERIFY(std::abs(row[i] - symmetric[i]) < 1e-6);
        row = {-1.0F, 2.0F, 0.49F, -0.31F};
        activationSchemeNamed("int4-token-asym").fakeQuantize(row); // steps of 0.2 from −1
        const std::vector<double> asymmetric = {-1, 2, 0.4, -0.4};
        for (size_t i = 0; i < row.size(); ++i)
            QVERIFY(std::abs(row[i] - asymmetric[i]) < 1e-6);
    }

    void leavesZerosAlone_data() { rounds_data(); }
    void leavesZerosAlone()
    {
        QFETCH(QString, id);
        std::vector<float> row(kColumns, 0.0F);
        activationSchemeNamed(id.toStdString()).fakeQuantize(row);
        QCOMPARE(row, std::vector<float>(kColumns, 0.0F));
    }

    void refusesUnknownNames()
    {
        QVERIFY(findActivationScheme("int8") == nullptr);
        QVERIFY_EXCEPTION_THROWN(activationSchemeNamed("int8"), Error);
    }
};

QTEST_APPLESS_MAIN(TestActivationSchemes)
#include "tst_activation_schemes.moc"
