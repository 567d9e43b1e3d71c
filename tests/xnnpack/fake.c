/* What is no XNNPACK of 2022. */
#ifdef NEWER
int xnn_initialize(const void* allocator) { return allocator != 0; }
int xnn_create_convolution2d_nhwc_f32(void) { return 1; }
int xnn_setup_convolution2d_nhwc_f32(void) { return 1; }
int xnn_run_operator(void) { return 1; }
int xnn_delete_operator(void) { return 1; }
int xnn_reshape_convolution2d_nhwc_f32(void) { return 1; }
#else
int xnn_initialize_not(void) { return 1; }
#endif
