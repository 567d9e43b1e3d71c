// A wrapper whose private library lacks what it forwards to.
extern "C" int miopen_private_version(unsigned long*, unsigned long*, unsigned long*);
extern "C" int miopenGetVersion(unsigned long* major, unsigned long* minor, unsigned long* patch) {
  return miopen_private_version(major, minor, patch);
}
