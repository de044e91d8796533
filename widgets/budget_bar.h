// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QPushButton;

namespace bitloom {

/// A budget in bits per weight or in MiB; the two follow each other: file bytes = fixed bytes +
/// bits · weights / 8.
class BudgetBar : public QWidget {
    Q_OBJECT

public:
    explicit BudgetBar(QWidget* parent = nullptr);

    /// `weights` that can be quantized, and the bytes of the file that are not theirs.
    void setRelation(qint64 weights, qint64 fixedBytes);
    /// Fewest and most bits per weight that the offered schemes can reach.
    void setRange(double leastBits, double mostBits);
    void setBits(double bits);
    double bits() const;
    double mebibytes() const;
    /// A method that Fit may encode with; the first one is chosen.
    void addMethod(const QString& id, const QString& title, const QString& description);
    QString method() const;
    void setMethod(const QString& id);
    /// As if MiB had been edited.
    void setMebibytes(double mebibytes);
    qint64 bytes() const;
    /// `why` is said while disabled.
    void setFitEnabled(bool enabled, const QString& why = {});
    /// "4.49 bits, 0.51 MiB, predicted KL 0.0059".
    void setResult(const QString& text);
    /// As if Fit had been clicked, where that is possible.
    void requestFit();

signals:
    /// The user asked for a fit: by bytes when MiB was edited last, else by bits.
    void fitRequested(double bits, qint64 bytes, bool byBytes);
    /// Another budget, or the same one means another size now.
    void budgetChanged(double mebibytes);

private:
    QDoubleSpinBox* spin(const QString& name, const QString& label, const QString& unit);
    double toMebibytes(double bits) const;
    double toBits(double mebibytes) const;
    void bitsEdited(double bits);
    void mebibytesEdited(double mebibytes);
    /// Ranges, steps and the MiB after the relation or the limits changed.
    void follow();

    QDoubleSpinBox* m_bits = nullptr;
    QDoubleSpinBox* m_mebibytes = nullptr;
    QComboBox* m_method = nullptr;
    QPushButton* m_fit = nullptr;
    QLabel* m_result = nullptr;
    qint64 m_weights = 0;
    qint64 m_fixedBytes = 0;
    bool m_byBytes = false;
    double m_leastBits = 0;
    double m_mostBits = 0;
};

} // namespace bitloom
