// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/methods/encode_rows.h"
#include "core/quantize/methods/inverse_factor.h"
#include "core/quantize/methods/method.h"
#include "tests/core/random_weights.h"
#include "tests/refusal.h"

#include <QTest>

#include <cmath>

using namespace bitloom;

namespace {

/// Two methods that differ in their order.
const std::vector<const char*> kMethods = {"gptq", "gptq-order"};

PackedTensor encoded(const char* method, const Scheme& scheme, const Matrix& weights,
                     MatrixView moment)
{
    const std::optional<ColumnOrder> order = methodNamed(method).needsCalibration();
    const InverseFactor factor = order ? inverseFactor(moment, *order) : InverseFactor();
    return encodeMatrix(scheme, methodNamed(method), weights.view(), order ? &factor : nullptr);
}

Matrix diagonalMoment(int64_t width)
{
    Matrix moment(width, width);
    for (int64_t i = 0; i < width; ++i)
        moment.row(i)[static_cast<size_t>(i)] = static_cast<float>(1 + i * 7 % 11);
    return moment;
}

/// E[x xᵀ] of inputs in which neighbours move together and some channels are large.
Matrix correlatedMoment(int64_t width)
{
    Matrix moment(width, width);
    const auto size = [](int64_t i) {
        return i % 13 == 5 ? 3.0 : 0.5 + 0.01 * static_cast<double>(i % 7);
    };
    for (int64_t i = 0; i < width; ++i)
        for (int64_t j = 0; j < width; ++j)
            moment.row(i)[static_cast<size_t>(j)] = static_cast<float>(
                size(i) * size(j) * std::pow(0.95, static_cast<double>(std::abs(i - j))));
    return moment;
}

/// tr(ΔW (A + damping) ΔWᵀ).
double outputError(const Matrix& weights, const Matrix& decoded, const Matrix& moment,
                   double damping)
{
    double sum = 0;
    for (int64_t row = 0; row < weights.rows; ++row) {
        std::vector<double> delta;
        for (size_t i = 0; i < weights.row(row).size(); ++i)
            delta.push_back(static_cast<double>(weights.row(row)[i]) - decoded.row(row)[i]);
        for (size_t i = 0; i < delta.size(); ++i) {
            sum += damping * delta[i] * delta[i];
            for (size_t j = 0; j < delta.size(); ++j)
                sum += delta[i] * static_cast<double>(moment.row(static_cast<int64_t>(i))[j]) *
                       delta[j];
        }
    }
    return sum;
}

} // namespace

class TestGptq : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void dampingIsAParameter();
    void factorInvertsTheMoment();
    void deadInputsAreIndependent();
    void momentsThatAreNoneAreRefused();
    void uncorrelatedInputsGiveTheBytesOfNearest();
    void outputErrorFalls();
    void rowsAreIndependent();
};

/// More damping is what is asked for, and makes the codes of every column stand more for itself.
void TestGptq::dampingIsAParameter()
{
    const Matrix moment = correlatedMoment(40);
    const InverseFactor usual = inverseFactor(moment.view(), ColumnOrder::LeftToRight);
    const InverseFactor more = inverseFactor(moment.view(), ColumnOrder::LeftToRight, 1);
    QVERIFY(std::abs(more.damping / usual.damping - 100) < 1e-6);
    QCOMPARE(dampingOf({}), kDamping);
    QCOMPARE(dampingOf({{"damping", 0.5}}), 0.5);
    QVERIFY(methodParameters(methodNamed("gptq"), {{"damping", kDamping}}).empty());
}

/// RᵀR (A + damping) = 1, columns in their order.
void TestGptq::factorInvertsTheMoment()
{
    const Matrix moment = correlatedMoment(40);
    for (const ColumnOrder order : {ColumnOrder::LeftToRight, ColumnOrder::LargestFirst}) {
        const InverseFactor factor = inverseFactor(moment.view(), order);
        double mean = 0;
        for (int64_t i = 0; i < 40; ++i)
            mean += moment.row(i)[static_cast<size_t>(i)] / 40.0;
        QVERIFY(std::abs(factor.damping / (kDamping * mean) - 1) < 1e-6);
        for (int64_t i = 0; i < 40; ++i)
            for (int64_t j = 0; j < 40; ++j) {
                double sum = 0; // Σ_k (RᵀR)_ik H_kj
                for (int64_t k = 0; k < 40; ++k) {
                    double inverse = 0;
                    for (int64_t p = 0; p <= std::min(i, k); ++p)
                        inverse += factor.row(p)[i] * factor.row(p)[k];
                    const auto column = static_cast<size_t>(factor.column(j));
                    sum += inverse *
                           (moment.row(factor.column(k))[column] + (k == j ? factor.damping : 0));
                }
                QVERIFY(std::abs(sum - (i == j ? 1 : 0)) < 1e-9);
            }
    }
    const InverseFactor ordered = inverseFactor(moment.view(), ColumnOrder::LargestFirst);
    QCOMPARE(ordered.column(0), 5); // the first of the largest
}

void TestGptq::deadInputsAreIndependent()
{
    Matrix moment = correlatedMoment(32);
    for (size_t i = 0; i < 32; ++i)
        moment.row(3)[i] = moment.row(static_cast<int64_t>(i))[3] = 0;
    const InverseFactor factor = inverseFactor(moment.view(), ColumnOrder::LeftToRight);
    for (int64_t j = 4; j < 32; ++j)
        QCOMPARE(factor.row(3)[j], 0.0);
    QVERIFY(factor.row(3)[3] > 0);
}

void TestGptq::momentsThatAreNoneAreRefused()
{
    Matrix moment = correlatedMoment(4);
    moment.row(2)[2] = -1e9F;
    const QString text = refusal([&] { inverseFactor(moment.view(), ColumnOrder::LeftToRight); });
    QVERIFY2(text.contains("Cholesky"), qPrintable(text));
}

void TestGptq::uncorrelatedInputsGiveTheBytesOfNearest()
{
    for (const Matrix& weights :
         {gaussianMatrix(5, 512, 1), heavyMatrix(3, 255, 2), gaussianMatrix(4, 33, 3)}) {
        const Matrix moment = diagonalMoment(weights.columns);
        for (const char* method : kMethods)
            for (const Scheme* scheme : schemes()) {
                if (!scheme->accepts(weights.columns))
                    continue;
                const PackedTensor nearest = encoded("mse", *scheme, weights, moment.view());
                const PackedTensor gptq = encoded(method, *scheme, weights, moment.view());
                QVERIFY2(std::equal(gptq.bytes.begin(), gptq.bytes.end(), nearest.bytes.begin()),
                         scheme->id().data());
            }
    }
}

void TestGptq::outputErrorFalls()
{
    const Matrix moment = correlatedMoment(256);
    const Matrix weights = gaussianMatrix(16, 256, 5);
    for (const Scheme* scheme : schemes()) {
        if (scheme->isPlain())
            continue;
        const auto error = [&](const char* method) {
            return outputError(weights, encoded(method, *scheme, weights, moment.view()).decode(),
                               moment, 0);
        };
        const double searched = error("mse");
        for (const char* method : kMethods) {
            const double share = error(method) / searched;
            QVERIFY2(share < 0.6,
                     qPrintable(QString("%1 %2: %3").arg(scheme->id().data(), method).arg(share)));
        }
    }
}

void TestGptq::rowsAreIndependent()
{
    const Matrix moment = correlatedMoment(768);
    const Matrix weights = heavyMatrix(100, 768, 6); // several pieces of work
    for (const char* method : kMethods)
        for (const char* id :
             {"int3-g32-asym", "q4_k", "q6_k", "int4-row-sym", "q8_0", "nf4-g64"}) {
            const PackedTensor whole = encoded(method, schemeNamed(id), weights, moment.view());
            Matrix some(3, 768);
            std::copy_n(weights.row(57).begin(), 3 * 768, some.values.begin());
            const PackedTensor part = encoded(method, schemeNamed(id), some, moment.view());
            QVERIFY2(std::equal(part.bytes.begin(), part.bytes.end(), whole.row(57).begin()), id);
        }
}

QTEST_APPLESS_MAIN(TestGptq)
#include "tst_gptq.moc"
