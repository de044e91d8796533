// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/quantize/methods/encode_rows.h"
#include "core/quantize/methods/method.h"
#include "tests/core/random_weights.h"
#include "tests/refusal.h"

#include <QTest>

#include <limits>

using namespace bitloom;

namespace {

PackedTensor encoded(const Method& method, const Scheme& scheme, const Matrix& weights)
{
    return encodeMatrix(scheme, method, weights.view());
}

double meanSquare(const Method& method, const Scheme& scheme, const Matrix& weights)
{
    return squaredDistance(weights, encoded(method, scheme, weights).decode());
}

std::vector<std::byte> encodedBy(int threads, const Scheme& scheme, const Matrix& weights)
{
    std::vector<std::byte> bytes(
        static_cast<size_t>(weights.rows * scheme.rowBytes(weights.columns)));
    encodeRows(scheme, weights.view(), RangeSearch::SquaredError, threads, bytes);
    return bytes;
}

/// Message of the Error that encoding throws, or empty.
QString complaint(const char* scheme, const Matrix& weights)
{
    return refusal([&] { encoded(methodNamed("mse"), schemeNamed(scheme), weights); });
}

QString label(const Method& method, const Scheme& scheme, const Matrix& weights)
{
    return QString("%1 %2 %3×%4")
        .arg(QString::fromStdString(std::string(method.id())),
             QString::fromStdString(std::string(scheme.id())))
        .arg(weights.rows)
        .arg(weights.columns);
}

std::vector<Matrix> specimens()
{
    std::vector<Matrix> all = {
        gaussianMatrix(24, 512, 1), heavyMatrix(24, 512, 2),  gaussianMatrix(5, 172, 3),
        heavyMatrix(3, 255, 4),     gaussianMatrix(7, 33, 5), heavyMatrix(2, 3, 6),
        gaussianMatrix(3, 1, 7),    Matrix(2, 256),
    };
    Matrix shifted = gaussianMatrix(4, 512, 8); // every weight positive
    for (float& value : shifted.values)
        value += 0.1F;
    all.push_back(shifted);
    Matrix constant(2, 256);
    std::fill(constant.values.begin(), constant.values.end(), -0.3F);
    all.push_back(constant);
    return all;
}

} // namespace

class TestMethods : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void tableIsNamed();
    void objectiveIsNotAboveTheBaseline();
    void bytesDoNotDependOnThreads();
    void rowsAreIndependent();
    void plainSchemesConvert();
    void weightsThatCannotBeHeldAreNamed();
};

void TestMethods::tableIsNamed()
{
    QCOMPARE(methods().front()->id(), std::string_view("nearest"));
    QVERIFY(findMethod(kDefaultMethod) != nullptr);
    for (const Method* method : methods()) {
        QVERIFY(findMethod(method->baseline()) != nullptr);
        QVERIFY(!method->title().empty() && method->description().ends_with('.'));
    }
    QVERIFY_EXCEPTION_THROWN(methodNamed("best"), Error);
}

void TestMethods::objectiveIsNotAboveTheBaseline()
{
    for (const Matrix& weights : specimens())
        for (const Scheme* scheme : schemes()) {
            if (!scheme->accepts(weights.columns))
                continue;
            const double nearest = meanSquare(methodNamed("nearest"), *scheme, weights);
            const double searched = meanSquare(methodNamed("mse"), *scheme, weights);
            QVERIFY2(searched <= nearest * (1 + 1e-6),
                     qPrintable(label(methodNamed("mse"), *scheme, weights)));
            if (!scheme->isPlain() && weights.rows == 24)
                QVERIFY2(searched < nearest,
                         qPrintable(label(methodNamed("mse"), *scheme, weights)));
        }
}

void TestMethods::bytesDoNotDependOnThreads()
{
    const Matrix weights = heavyMatrix(300, 512, 11); // several pieces of work
    for (const char* id : {"int3-g64-asym", "int4-row-sym", "q4_k", "q8_0", "bf16", "nf4-g64"}) {
        const Scheme& scheme = schemeNamed(id);
        const auto alone = encodedBy(1, scheme, weights);
        QVERIFY2(encodedBy(2, scheme, weights) == alone, id);
        QVERIFY2(encodedBy(5, scheme, weights) == alone, id);
        QVERIFY2(encodedBy(0, scheme, weights) == alone, id);
    }
}

void TestMethods::rowsAreIndependent()
{
    const Matrix weights = gaussianMatrix(6, 256, 12);
    for (const Method* method : methods())
        for (const Scheme* scheme : schemes()) {
            const PackedTensor whole = encoded(*method, *scheme, weights);
            Matrix row(1, 256);
            std::copy_n(weights.row(4).begin(), 256, row.values.begin());
            const PackedTensor alone = encoded(*method, *scheme, row);
            QVERIFY2(std::equal(alone.bytes.begin(), alone.bytes.end(), whole.row(4).begin()),
                     qPrintable(label(*method, *scheme, weights)));
        }
}

void TestMethods::plainSchemesConvert()
{
    Matrix weights = gaussianMatrix(3, 17, 13);
    weights.values[5] = std::numeric_limits<float>::infinity();
    for (const Method* method : methods()) {
        QCOMPARE(encoded(*method, schemeNamed("f32"), weights).decode().values, weights.values);
        const Matrix halves = encoded(*method, schemeNamed("f16"), weights).decode();
        QVERIFY(std::isinf(halves.values[5]));
        QVERIFY(std::abs(halves.values[0] - weights.values[0]) <=
                std::abs(weights.values[0]) / 2048);
    }
}

void TestMethods::weightsThatCannotBeHeldAreNamed()
{
    Matrix weights = gaussianMatrix(200, 256, 14);
    weights.values[180 * 256 + 77] = std::numeric_limits<float>::quiet_NaN();
    for (const char* id : {"int4-g32-sym", "q6_k", "q4_1"}) {
        const QString text = complaint(id, weights);
        QVERIFY2(text.contains("row 180, column 77") && text.contains("nan"), qPrintable(text));
    }
    weights.values[180 * 256 + 77] = -1e5F;
    QVERIFY(complaint("int4-g32-sym", weights).isEmpty());
    QVERIFY(complaint("bf16", weights).isEmpty());
    const QString text = complaint("f16", weights);
    QVERIFY2(text.contains("row 180, column 77") && text.contains("f16"), qPrintable(text));
}

QTEST_APPLESS_MAIN(TestMethods)
#include "tst_methods.moc"
